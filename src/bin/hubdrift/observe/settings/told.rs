//! What was set of a route, a line each: what reports and `hubdrift targets` tell.

use hubdrift::text;

use super::{Route, Set, Source};

/// The name of the region's setting.
pub const REGION: &str = "region";

impl Route {
    /// Everything that somebody set, with where. There is no password in it.
    pub fn told(&self) -> Vec<(&'static str, Set)> {
        let mut told = Vec::new();
        let mut add = |setting: &'static str, set: Option<&Set>| {
            // What nobody set is as it is by itself.
            if let Some(set) = set.filter(|it| it.from != Self::USUAL) {
                let value = text::without_password(&set.value);
                told.push((setting, Set::new(value, set.from.clone())));
            }
        };
        add("profile", Some(&self.profile));
        add(REGION, self.region.as_ref());
        let of_sts = self.sts_region.as_ref();
        add(
            "region of sts",
            of_sts.filter(|it| Some(*it) != self.region.as_ref()),
        );
        let endpoints = &self.endpoints;
        if endpoints.securityhub == endpoints.sts {
            add("endpoint_url", endpoints.sts.as_ref());
        } else {
            add(
                "endpoint_url of securityhub",
                endpoints.securityhub.as_ref(),
            );
            add("endpoint_url of sts", endpoints.sts.as_ref());
        }
        add("endpoint_url of sso", endpoints.portal.as_ref());
        let switch = |it: &Option<Set<bool>>| {
            let set = it.as_ref()?;
            Some(Set::new(set.value.to_string(), set.from.clone()))
        };
        add("use_fips_endpoint", switch(&endpoints.fips).as_ref());
        add(
            "use_dualstack_endpoint",
            switch(&endpoints.dual_stack).as_ref(),
        );
        add("ca_bundle", self.ca_bundle.as_ref());
        let proxies = &self.proxies;
        add("http_proxy", proxies.http.as_ref());
        add("https_proxy", proxies.https.as_ref());
        let is_any = proxies.http.is_some() || proxies.https.is_some();
        add("no_proxy", proxies.none_for.as_ref().filter(|_| is_any));
        if self.source.value == Source::Instance {
            add(
                "ec2_metadata_service_endpoint",
                Some(&self.metadata.endpoint),
            );
        }
        told
    }
}
