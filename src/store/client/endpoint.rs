//! Where DynamoDB is. To find the endpoint of a region, the SDK reads a table of all regions and compiles its
//! patterns, which a function would do whenever it starts. So it is asked only where the answer is not plain.

use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, ResolveEndpoint as _};
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime_api::client::endpoint::SharedEndpointResolver;

use super::Access;

/// What says where requests go.
pub(super) fn resolver(access: &Access) -> SharedEndpointResolver {
    let region = access.region.as_ref().map_or("", |region| region.as_ref());
    let plain = access.endpoint.clone().or_else(|| usual_endpoint(region));
    plain.map_or_else(
        || DefaultResolver::new().into_shared_resolver(),
        |uri| SharedEndpointResolver::new(StaticUriEndpointResolver::uri(uri)),
    )
}

/// The endpoint of a region such as `eu-west-1`, of those that are not in a world of their own, as in China.
fn usual_endpoint(region: &str) -> Option<String> {
    const AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
    let mut parts = region.split('-');
    let (area, direction, number) = (parts.next()?, parts.next()?, parts.next()?);
    let is_usual = AREAS.contains(&area)
        && direction.bytes().all(|byte| byte.is_ascii_lowercase())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && parts.next().is_none();
    is_usual.then(|| format!("https://dynamodb.{region}.amazonaws.com"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::Region;
    use aws_sdk_dynamodb::config::endpoint::Params;

    use super::*;

    #[tokio::test]
    async fn the_endpoint_of_a_usual_region_is_the_one_that_the_sdk_finds() {
        let usual = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-2", "ap-southeast-4", "ca-west-1"];
        let others = ["af-south-1", "il-central-1", "me-south-1", "mx-central-1", "sa-east-1"];
        let apart = ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1", "eu-isoe-west-1"];
        for region in usual.iter().chain(&others).chain(&apart) {
            let params = Params::builder().region(*region).build().unwrap();
            let found = DefaultResolver::new().resolve_endpoint(&params).await;
            let found = found.ok().map(|endpoint| endpoint.url().to_owned());
            match usual_endpoint(region) {
                Some(endpoint) => assert_eq!(Some(endpoint), found, "{region}"),
                None => assert!(apart.contains(region), "{region}"),
            }
        }
    }

    #[test]
    fn an_endpoint_of_the_users_own_is_taken_as_it_is() {
        let access = |endpoint: Option<&str>| Access {
            region: Some(Region::new("eu-west-1")),
            endpoint: endpoint.map(str::to_owned),
            ..Access::default()
        };
        let shown = |access: &Access| format!("{:?}", resolver(access));
        assert!(shown(&access(Some("http://[::1]:8000"))).contains("http://[::1]:8000"));
        assert!(shown(&access(None)).contains("https://dynamodb.eu-west-1.amazonaws.com"));
    }
}
