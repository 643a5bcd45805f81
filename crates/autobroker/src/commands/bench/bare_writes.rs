//! What the system takes for a small write to a socket: the floor under every delivery, whatever the server does.

use std::{
    io::{Result, Write as _},
    net::TcpStream as Writing,
    time::Duration,
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    task::{JoinSet, spawn_blocking},
};

/// Sockets that are written to in turn; each has a reader, which wakes for it.
const SOCKETS: u32 = 100;
/// How often each is written to.
const ROUNDS: u32 = 200;
/// Between two rounds, so that the readers sleep again, as those of a moving truck do.
const PAUSE: Duration = Duration::from_millis(5);
/// About as long as the message that a position becomes.
const MESSAGE: [u8; 400] = [b'x'; 400];

/// Processor time of one write, what the system does for its receiver on the way included; `None` where there is no
/// /proc.
pub async fn measure() -> Result<Option<Duration>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let mut readers = JoinSet::new();
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        let reading = TcpStream::connect(address).await?;
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let socket = socket.into_std()?;
        socket.set_nonblocking(false)?;
        sockets.push(socket);
        readers.spawn(read_on(reading));
    }
    spawn_blocking(move || write_on(&sockets)).await.map_err(std::io::Error::other)?
}

/// Reads until the other end is closed.
async fn read_on(mut socket: TcpStream) {
    let mut buffer = [0; 2 * MESSAGE.len()];
    while socket.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

fn write_on(sockets: &[Writing]) -> Result<Option<Duration>> {
    let before = cpu_of_this_thread();
    for _ in 0..ROUNDS {
        for mut socket in sockets {
            socket.write_all(&MESSAGE)?;
        }
        std::thread::sleep(PAUSE);
    }
    let spent = cpu_of_this_thread().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(spent.map(|spent| spent / (SOCKETS * ROUNDS)))
}

fn cpu_of_this_thread() -> Option<Duration> {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    spent.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_write_takes_time() {
        if cpu_of_this_thread().is_none() {
            println!("not measured: there is no /proc");
            return;
        }
        assert!(measure().await.unwrap().unwrap() > Duration::ZERO);
    }
}
