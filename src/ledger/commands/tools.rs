//! Tools whose commands name what they touch but not what becomes of it: Terraform, Helm, Argo CD, Flux, CloudFormation.
//!
//! Their names are scope for matching and predict nothing.

use super::aws_cli::Invocation;
use super::shell::Word;

/// Something a command says it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeName {
    /// A resource by its name or address: `aws_ecs_service.api`, `deployment/api`.
    Resource(String),
    /// A stack.
    Stack(String),
}

/// Programs that change nothing by themselves, as they stand beside a change in a record.
const HARMLESS: [&str; 14] =
    ["echo", "jq", "grep", "sleep", "cat", "cd", "export", "set", "sort", "head", "tail", "tee", "true", ""];

/// Whether a program changes nothing.
pub(super) fn is_harmless(program: &str) -> bool {
    HARMLESS.contains(&program)
}

/// Whether a program takes the commands of `kubectl`.
pub(super) fn is_kubectl(program: &str) -> bool {
    ["kubectl", "k", "oc"].contains(&program)
}

/// What a command of a tool other than the AWS CLI names.
pub(super) fn scope(program: &str, words: &[Word]) -> Vec<ScopeName> {
    match program {
        "terraform" | "tofu" | "terragrunt" => terraform(words),
        _ if is_kubectl(program) => super::kubectl::named(words).map(ScopeName::Resource).into_iter().collect(),
        "helm" | "helmfile" => named(words, 1).map(ScopeName::Resource).into_iter().collect(),
        // `argocd app rollback NAME`
        "argocd" => named(words, 2).map(ScopeName::Resource).into_iter().collect(),
        // `flux suspend helmrelease NAME`
        "flux" => named(words, 1)
            .zip(named(words, 2))
            .map(|(kind, name)| ScopeName::Resource(format!("{kind}/{name}")))
            .into_iter()
            .collect(),
        "eksctl" => {
            ["--name", "--cluster"].iter().flat_map(|flag| options(words, flag)).map(ScopeName::Resource).collect()
        }
        "sam" | "cdk" => option(words, "--stack-name").map(ScopeName::Stack).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The bucket of an `aws s3` command, which is about what is in it.
pub(super) fn bucket_scope(invocation: &Invocation, words: &[Word]) -> Vec<ScopeName> {
    if invocation.service != "s3" {
        return Vec::new();
    }
    let buckets = words.iter().filter_map(|word| word.known()?.strip_prefix("s3://")?.split('/').next());
    buckets.filter(|bucket| !bucket.is_empty()).map(|bucket| ScopeName::Resource(bucket.to_owned())).collect()
}

/// The stack of an `aws cloudformation` command.
pub(super) fn stack_scope(invocation: &Invocation) -> Option<ScopeName> {
    if invocation.service != "cloudformation" {
        return None;
    }
    let name = invocation.option("stack-name")?.known()?;
    Some(ScopeName::Stack(name.to_owned()))
}

/// `-target=ADDRESS`, `-replace=ADDRESS`, and the addresses of `state rm`, `import`, `taint`.
fn terraform(words: &[Word]) -> Vec<ScopeName> {
    const BY_ADDRESS: [&str; 5] = ["rm", "mv", "import", "taint", "untaint"];
    let by_option = ["target", "replace"]
        .into_iter()
        .flat_map(|name| [format!("-{name}"), format!("--{name}")].into_iter().flat_map(|flag| options(words, &flag)));
    let names_addresses = words.iter().filter_map(Word::known).any(|word| BY_ADDRESS.contains(&word));
    let positional = words.iter().filter_map(Word::known).filter(|word| names_addresses && is_address(word));
    let mut names: Vec<String> = by_option.chain(positional.map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(ScopeName::Resource).collect()
}

fn is_address(word: &str) -> bool {
    !word.starts_with('-') && word.contains('.') && !word.contains('/')
}

/// The word at a position among those that are no options: the release of `helm upgrade RELEASE …`.
fn named(words: &[Word], at: usize) -> Option<String> {
    words.iter().filter_map(Word::known).filter(|word| !word.starts_with('-')).nth(at).map(str::to_owned)
}

fn option(words: &[Word], flag: &str) -> Option<String> {
    options(words, flag).into_iter().next()
}

/// The values of every `flag=value` and `flag value`.
fn options(words: &[Word], flag: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.raw().strip_prefix(flag) else { continue };
        let value = match rest.strip_prefix('=') {
            Some(value) => Word::of_raw(value).known().map(str::to_owned),
            None if rest.is_empty() => words.next().and_then(|word| word.known().map(str::to_owned)),
            None => None,
        };
        values.extend(value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CommandLine;

    fn check(text: &str, expect: &[ScopeName]) {
        let reading = super::super::read(&CommandLine { text: text.to_owned(), at: None }).unwrap();
        assert_eq!(reading.scope, expect, "{text}");
        assert_eq!(reading.effects, [], "{text}");
    }

    #[test]
    fn other_tools_give_scope_and_no_prediction() {
        let resource = |name: &str| ScopeName::Resource(name.to_owned());
        let stack = |name: &str| ScopeName::Stack(name.to_owned());
        check("terraform apply -target=aws_ecs_service.api -var k=v", &[resource("aws_ecs_service.api")]);
        check("tofu apply --target 'module.a[\"x\"].aws_s3_bucket.b'", &[resource("module.a[\"x\"].aws_s3_bucket.b")]);
        check("terraform state rm aws_ecs_service.api", &[resource("aws_ecs_service.api")]);
        check("terraform apply -var-file=prod.tfvars", &[]);
        check("kubectl apply deploy/x -f x.yaml", &[resource("deploy/x")]);
        check("kubectl -n shop edit deployment x", &[resource("deployment/x")]);
        check("helm upgrade shop ./chart --set web.image=2", &[resource("shop")]);
        check("argocd app rollback shop 4", &[resource("shop")]);
        check("argocd app set shop -p web.image=2", &[resource("shop")]);
        check("flux suspend helmrelease shop", &[resource("helmrelease/shop")]);
        check("eksctl scale nodegroup --cluster=prod --name=ng --nodes=4", &[resource("ng"), resource("prod")]);
        check("aws s3 rm s3://bucket/key --recursive", &[resource("bucket")]);
        check("helm rollback shop 4", &[resource("shop")]);
        check("aws cloudformation update-stack --stack-name shop-api --use-previous-template", &[stack("shop-api")]);
        check("aws cloudformation deploy --stack-name $STACK", &[]);
        check("sam deploy --stack-name shop-api", &[stack("shop-api")]);
    }
}
