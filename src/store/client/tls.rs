//! How connections are secured, and whom they trust.

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{cipher_suite as suite, default_provider};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite};

// Amazon Root CA 1 to 4 and Starfield Services Root G2, from `amazon-roots.pem`.
include!(concat!(env!("OUT_DIR"), "/amazon_roots.rs"));

/// AES-128 first: it takes fewer rounds, and processors have instructions for the hash that goes with it.
const SUITES: [SupportedCipherSuite; 6] = [
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

/// The roots of this system, read once.
static SYSTEM: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// Trust in what AWS's endpoints chain up to.
pub(super) fn trusting_amazon() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(AMAZON_ROOTS.iter().map(|root| CertificateDer::from(*root)));
    trusting(Arc::new(roots))
}

/// Trust in whatever this system trusts.
pub(super) fn trusting_the_system() -> ClientConfig {
    trusting(Arc::clone(&SYSTEM))
}

#[expect(clippy::expect_used, reason = "it fails only where there is no suite for a version")]
fn trusting(roots: Arc<RootCertStore>) -> ClientConfig {
    let provider = CryptoProvider { cipher_suites: SUITES.to_vec(), ..default_provider() };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("suites of both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn the_roots_are_those_that_amazon_publishes() {
        let published = CertificateDer::pem_slice_iter(include_bytes!("../amazon-roots.pem"));
        let published: Vec<CertificateDer<'_>> = published.collect::<Result<_, _>>().unwrap();
        assert_eq!(AMAZON_ROOTS, published.iter().map(|root| &**root).collect::<Vec<_>>());
        let mut roots = RootCertStore::empty();
        let added = roots.add_parsable_certificates(published);
        assert_eq!(added, (AMAZON_ROOTS.len(), 0));
    }
}
