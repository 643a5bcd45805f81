//! What a server costs that nobody asks anything: start, memory, processor, and a thousand silent WebSockets.

use super::{
    child_server::ChildServer,
    figure::{Budget, Figure},
    http_requests::login,
};
use crate::failure::Failure;
use std::{path::Path, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// How long idling is watched.
const WATCH: Duration = Duration::from_secs(10);
/// How many WebSockets.
const SOCKETS: u32 = 1000;

/// The group `process`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("idle")).await?;
    let started = server.started_in.as_secs_f64() * 1000.0;
    let mut figures =
        vec![Figure::new("cold start to ready, empty store", started, "ms", Budget::AtMost(500.0))];
    let before = server.cpu();
    tokio::time::sleep(WATCH).await;
    if let Some((after, before)) = server.cpu().zip(before) {
        let share = after.saturating_sub(before).as_secs_f64() / WATCH.as_secs_f64() * 100.0;
        figures.push(Figure::new("idle CPU", share, "%", Budget::AtMost(1.0)));
    }
    figures.extend(server.memory_mb().map(|mb| Figure::new("idle memory", mb, "MB", Budget::AtMost(80.0))));
    server.stop().await?;
    Ok(figures)
}

/// The group `sockets`.
pub async fn measure_sockets(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("sockets")).await?;
    let token = login(&server.authority).await?;
    let before = server.memory_mb();
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        sockets.push(open_socket(&server.authority, &token).await.map_err(|error| {
            Failure::Network(format!("WebSocket {} of {SOCKETS}: {error}", sockets.len() + 1))
        })?);
    }
    let grown = server.memory_mb().zip(before).map(|(after, before)| after - before);
    drop(sockets);
    server.stop().await?;
    let name = format!("{SOCKETS} idle WebSockets, memory");
    Ok(grown.into_iter().map(|mb| Figure::new(name.clone(), mb, "MB", Budget::AtMost(20.0))).collect())
}

/// Opens a WebSocket, authenticates, and waits for the first answer.
async fn open_socket(authority: &str, token: &str) -> std::io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(authority).await?;
    let request = format!(
        "GET /api/v1/ws HTTP/1.1\r\nhost: {authority}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut stream = BufReader::with_capacity(256, stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    if !line.starts_with("HTTP/1.1 101") {
        return Err(std::io::Error::other(format!("not upgraded: {}", line.trim())));
    }
    while line.trim() != "" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    let message = serde_json::json!({ "type": "auth", "token": token }).to_string();
    stream.get_mut().write_all(&masked_text(message.as_bytes())).await?;
    // The first two bytes of the first frame: authenticated or not, the server has then dealt with the message.
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    // A close frame begins with 0x88.
    if head[0] == 0x88 { Err(std::io::Error::other("the server closed the socket")) } else { Ok(stream) }
}

/// A client's text frame (RFC 6455, section 5.2) with an all-zero mask, which leaves the bytes as they are.
fn masked_text(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_length_that_they_say() {
        assert_eq!(masked_text(b"ab"), [0x81, 0x82, 0, 0, 0, 0, b'a', b'b']);
        let long = masked_text(&[b'a'; 300]);
        assert_eq!((long[1], u16::from_be_bytes([long[2], long[3]]), long.len()), (0xfe, 300, 308));
    }
}
