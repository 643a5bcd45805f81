//! TLS 1.3 and nothing older. The certificate is self-signed for `localhost`, made for these tests, valid for a century.

use crate::places::Place;
use autobroker::{Server, Settings, TlsFiles};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use std::{path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

fn certificates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/whole/certificates")
}

async fn connect(
    server: &Server,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates().join("localhost.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_speaks_tls_1_3_and_nothing_older() {
    let place = Place::memory();
    let tls = TlsFiles {
        certificate: certificates().join("localhost.pem"),
        key: certificates().join("localhost.key.pem"),
    };
    let server = Server::start(&Settings { tls: Some(tls), ..place.settings() }).await.unwrap();
    assert!(server.url().starts_with("https://"));
    let mut stream = connect(&server, &TLS13).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"database\":\"connected\""), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
    assert!(connect(&server, &TLS12).await.is_err());
    server.stop().await;
}
