//! TLS 1.3 from PEM files, over the one provider that the house uses (ring).

use crate::{configuration::TlsFiles, failure::Failure};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{fmt::Display, path::Path, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// Reads the files and makes an acceptor that speaks TLS 1.3 and HTTP/1.1 only.
///
/// # Errors
/// [`Failure::Configuration`] that names the file.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Failure> {
    let chain = read_chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| Failure::Configuration(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong(&files.certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| wrong(path, &error))?.collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(wrong(path, &"no certificate inside")),
        Ok(chain) => Ok(chain),
        Err(error) => Err(wrong(path, &error)),
    }
}

fn wrong(path: &Path, error: &dyn Display) -> Failure {
    Failure::Configuration(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let files = TlsFiles { certificate: certificate.clone(), key };
        let message =
            |files: &TlsFiles| acceptor(files).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message(&files).contains("cert.pem"));
        std::fs::write(&certificate, "not a certificate").unwrap();
        assert!(message(&files).contains("no certificate"));
    }
}
