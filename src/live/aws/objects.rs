//! Objects of S3 that belong to the product's own work, such as Terraform's states.

use super::{Aws, Failure};
use crate::model::{Problem, ProblemKind};

const ACTION: &str = "s3:GetObject";

/// The content of an object, of at most so many bytes.
///
/// # Errors
/// Why it cannot be read.
pub async fn object(aws: &Aws, bucket: &str, key: &str, most: u64) -> Result<Vec<u8>, Problem> {
    let content = content(aws, bucket, key, most).await;
    content.map_err(|failure| match failure.is_code(&["NoSuchKey", "NoSuchBucket"]) {
        true => Problem::new(ProblemKind::Unreadable, aws.scope_text("S3"), failure.to_string())
            .remedy("check the name of the bucket, its region and the key"),
        false => failure.into_problem(aws.scope_text("S3")),
    })
}

async fn content(aws: &Aws, bucket: &str, key: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |kind, message: &str| Failure::new(kind, ACTION, message);
    let mut answer = aws.call(ACTION, aws.s3.get_object().bucket(bucket).key(key).send()).await?;
    let mut content = Vec::new();
    loop {
        match answer.body.try_next().await {
            Ok(None) => return Ok(content),
            Ok(Some(part)) => content.extend_from_slice(&part),
            Err(_) => return Err(failed(ProblemKind::Unreachable, "the answer broke off")),
        }
        if content.len() as u64 > most {
            return Err(failed(ProblemKind::Unreadable, "the object is larger than what is read of one"));
        }
    }
}
