//! A certificate for the stand-in of DynamoDB, and the file of roots that makes the function trust it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What both sides need.
pub(crate) struct Tls {
    pub(crate) server: Arc<ServerConfig>,
    /// Amazon's roots and the stand-in's own, as many as the function has on AWS.
    pub(crate) roots: PathBuf,
}

impl Tls {
    /// Makes a certificate with `openssl`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        let options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
            -subj /CN=stand-in -addext subjectAltName=IP:127.0.0.1 \
            -addext basicConstraints=critical,CA:FALSE";
        let made = Command::new("openssl")
            .args(options.split_ascii_whitespace())
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .stderr(Stdio::null())
            .status()
            .context("openssl cannot be run")?;
        ensure!(made.success(), "openssl made no certificate");
        let roots = folder.join("roots.pem");
        let amazon = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/amazon-roots.pem");
        std::fs::write(&roots, std::fs::read_to_string(amazon)? + &std::fs::read_to_string(&certificate)?)?;
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(&certificate)?],
                PrivateKeyDer::from_pem_file(&key)?,
            )?;
        Ok(Self { server: Arc::new(server), roots })
    }
}
