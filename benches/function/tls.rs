//! Certificates for the stand-in of DynamoDB, and the file of roots that makes the function trust them.
//!
//! Of the kind that AWS's endpoints have: a certificate, one of who signed it, and a root, with keys of RSA,
//! 2,048 bits.

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
    /// Makes the certificates with `openssl`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let signs = "basicConstraints=critical,CA:TRUE";
        let root = Made::new(folder, "root", None, &[signs])?;
        let between = Made::new(folder, "between", Some(&root), &[signs])?;
        let of_server = ["basicConstraints=critical,CA:FALSE", "subjectAltName=IP:127.0.0.1"];
        let own = Made::new(folder, "own", Some(&between), &of_server)?;
        let roots = folder.join("roots.pem");
        let amazon = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/amazon-roots.pem");
        std::fs::write(
            &roots,
            std::fs::read_to_string(amazon)? + &std::fs::read_to_string(&root.certificate)?,
        )?;
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![
                    CertificateDer::from_pem_file(&own.certificate)?,
                    CertificateDer::from_pem_file(&between.certificate)?,
                ],
                PrivateKeyDer::from_pem_file(&own.key)?,
            )?;
        Ok(Self { server: Arc::new(server), roots })
    }
}

/// A certificate that was made, and its key.
struct Made {
    certificate: PathBuf,
    key: PathBuf,
}

impl Made {
    /// One that `by` has signed, or else it itself.
    fn new(folder: &Path, name: &str, by: Option<&Self>, extensions: &[&str]) -> anyhow::Result<Self> {
        let made = Self {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}-key.pem")),
        };
        let mut command = Command::new("openssl");
        command
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"])
            .arg(format!("/CN={name}"))
            .args(extensions.iter().flat_map(|extension| ["-addext", extension]))
            .arg("-keyout")
            .arg(&made.key)
            .arg("-out")
            .arg(&made.certificate);
        if let Some(by) = by {
            command.arg("-CA").arg(&by.certificate).arg("-CAkey").arg(&by.key);
        }
        let status = command.stderr(Stdio::null()).status().context("openssl cannot be run")?;
        ensure!(status.success(), "openssl made no certificate");
        Ok(made)
    }
}
