//! As much of a WebSocket client (RFC 6455) as the measurements need, which must cost little beside what it measures.

use std::io::{Error, Result};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const MASKED: u8 = 0x80;
/// Lengths that are written behind the first byte, in two and in eight bytes.
const LENGTH_IN_TWO: u8 = 126;
const LENGTH_IN_EIGHT: u8 = 127;
/// The longest message that is read.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// A signed-in WebSocket.
pub struct SocketClient {
    stream: BufReader<TcpStream>,
    message: Vec<u8>,
}

impl SocketClient {
    /// Opens a WebSocket, authenticates, and waits for the first answer.
    pub async fn open(authority: &str, token: &str, buffer: usize) -> Result<Self> {
        let mut stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /api/v1/ws HTTP/1.1\r\nhost: {authority}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut stream = BufReader::with_capacity(buffer, stream);
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if !line.starts_with("HTTP/1.1 101") {
            return Err(Error::other(format!("not upgraded: {}", line.trim())));
        }
        while line.trim() != "" {
            line.clear();
            stream.read_line(&mut line).await?;
        }
        let mut client = Self { stream, message: Vec::new() };
        client.say(&serde_json::json!({ "type": "auth", "token": token }).to_string()).await?;
        // Authenticated or not, the server has then dealt with the message.
        client.hear().await?;
        client.message = Vec::new();
        Ok(client)
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.stream.get_mut().write_all(&masked(TEXT, text.as_bytes())).await
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.get_mut().write_all(&masked(BINARY, bytes)).await
    }

    /// The next message that is text or bytes; pings are not answered, so a socket lives for a minute.
    pub async fn hear(&mut self) -> Result<&[u8]> {
        loop {
            let kind = self.read_frame().await?;
            match kind {
                CLOSE => return Err(Error::other("the server closed the socket")),
                TEXT | BINARY => return Ok(&self.message),
                _ => {}
            }
        }
    }

    async fn read_frame(&mut self) -> Result<u8> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).await?;
        let [kind, short] = head;
        let length = match short {
            LENGTH_IN_TWO => usize::from(self.stream.read_u16().await?),
            LENGTH_IN_EIGHT => usize::try_from(self.stream.read_u64().await?).unwrap_or(usize::MAX),
            short => usize::from(short),
        };
        if length > MESSAGE_BYTES_MAX {
            return Err(Error::other("a message is too long"));
        }
        self.message.resize(length, 0);
        self.stream.read_exact(&mut self.message).await?;
        Ok(kind)
    }
}

/// A client's frame (section 5.2) with an all-zero mask, which leaves the bytes as they are.
fn masked(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    match u8::try_from(payload.len()) {
        Ok(length) if length < LENGTH_IN_TWO => frame.push(MASKED | length),
        _ => {
            frame.push(MASKED | LENGTH_IN_TWO);
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
        assert_eq!(masked(TEXT, b"ab"), [0x81, 0x82, 0, 0, 0, 0, b'a', b'b']);
        let long = masked(BINARY, &[b'a'; 300]);
        assert_eq!((long[0], long[1], long[2], long[3], long.len()), (0x82, 0xfe, 1, 44, 308));
    }
}
