//! The functions of the AWS provider, all of which take Amazon resource names apart and put them together.

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::{Function, pure};

/// The family, without the `provider::aws::` before each.
pub(super) const TABLE: &[Function] = &[
    pure("arn_build", (5, 5), Whole, |a| {
        let parts: Result<Vec<String>, String> = (0..5).map(|at| a.text(at)).collect();
        Ok(Value::text(format!("arn:{}", parts?.join(":"))))
    }),
    pure("arn_parse", (1, 1), Whole, |a| {
        let arn = a.text(0)?;
        let names = ["partition", "service", "region", "account_id", "resource"];
        Ok(Value::object(names.into_iter().zip(parts(&arn)?.map(Value::text))))
    }),
    pure("trim_iam_role_path", (1, 1), Whole, trim_iam_role_path),
];

fn parts(arn: &str) -> Result<[&str; 5], String> {
    let mut sections = arn.strip_prefix("arn:").ok_or("an ARN begins with \"arn:\"")?.splitn(5, ':');
    let mut next = || sections.next().ok_or("an ARN has six sections");
    Ok([next()?, next()?, next()?, next()?, next()?])
}

/// The ARN of a role without its path: what `aws-auth` of EKS wants.
fn trim_iam_role_path(arguments: &Arguments<'_>) -> Result<Value, String> {
    let arn = arguments.text(0)?;
    let [partition, service, region, account, resource] = parts(&arn)?;
    if service != "iam" || !region.is_empty() {
        return Err("the ARN of an IAM role is required".to_owned());
    }
    let path = resource.strip_prefix("role/").ok_or("the ARN of an IAM role is required")?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(Value::text(format!("arn:{partition}:{service}:{region}:{account}:role/{name}")))
}
