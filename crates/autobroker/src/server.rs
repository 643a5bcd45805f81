//! A server that runs: listens, answers, and stops when it is told.

use crate::{
    assembly::PartsOptions,
    configuration::Settings,
    failure::Failure,
    house::House,
    listener::{self, Limits},
    reload::{Reloader, Source, runtime_options},
    road_graphs::RoadGraphs,
    tls,
    trackers::TrackerSockets,
};
use devices::Protocol;
use edge::RateLimits;
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

fn parts_of(settings: &Settings) -> Result<PartsOptions, Failure> {
    let planner = RoadGraphs::planner(&settings.roads)?;
    Ok(PartsOptions {
        dispute_window: settings.dispute_window,
        planner,
        route_server: settings.route_server.clone(),
        retention: settings.retention,
        redis: settings.redis.clone(),
        ..PartsOptions::default()
    })
}

/// A running server. Dropping it stops it without waiting; [`Server::stop`] lets begun requests finish.
pub struct Server {
    house: House,
    reloader: Reloader,
    address: SocketAddr,
    scheme: &'static str,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
    trackers: Vec<(Protocol, SocketAddr)>,
}

impl Server {
    /// Opens the house and listens. When this returns, the server is ready.
    ///
    /// # Errors
    /// [`Failure`]: a file, the store or the address cannot be used.
    pub async fn start(settings: &Settings) -> Result<Self, Failure> {
        Self::open(settings, parts_of(settings)?, None).await
    }

    /// The same; its configuration can be read again from where it came.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_from(settings: &Settings, source: Source) -> Result<Self, Failure> {
        Self::open(settings, parts_of(settings)?, Some(source)).await
    }

    /// The same with parts of one's own; their dispute window is the one that counts.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(settings: &Settings, options: PartsOptions) -> Result<Self, Failure> {
        Self::open(settings, options, None).await
    }

    async fn open(
        settings: &Settings,
        options: PartsOptions,
        source: Option<Source>,
    ) -> Result<Self, Failure> {
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let cannot = |error: std::io::Error| {
            Failure::Network(format!("cannot listen on {}: {error}", settings.listen))
        };
        // Before the store is touched: a second server on the same address ends here.
        let listener = TcpListener::bind(&settings.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let sockets = TrackerSockets::bind(&settings.trackers).await?;
        let trackers = sockets.addresses();
        let house = House::open_with(&settings.place, options, runtime_options(&settings.live)).await?;
        let rates = RateLimits::new(settings.rate_limit_user, settings.rate_limit_anonymous);
        let guards = house.guards();
        guards.configure(|policy| settings.live.guard(policy));
        let again = |source| {
            let (settings, runtime) = (settings.clone(), house.runtime().clone());
            Reloader::new(source, settings, runtime, rates.clone(), guards.clone())
        };
        let reloader = source.map(again).unwrap_or_default();
        let limits = Limits {
            connections: settings.connections,
            header_timeout: settings.header_timeout,
            stop_timeout: settings.stop_timeout,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (stop, stopped) = watch::channel(false);
        let mut serving = sockets.serve(&house.trackers(), house.turn(), limits, &stopped);
        serving.push(tokio::spawn(listener::serve(
            listener,
            house.router(settings, &rates, &reloader),
            tls,
            limits,
            stopped,
        )));
        Ok(Self { house, reloader, address, scheme, stop, serving, trackers })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a protocol of trackers is listened for, if it is.
    #[must_use]
    pub fn tracker_address(&self, protocol: Protocol) -> Option<SocketAddr> {
        self.trackers.iter().find(|(known, _)| *known == protocol).map(|(_, address)| *address)
    }

    /// Its address for browsers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What runs inside.
    #[must_use]
    pub const fn house(&self) -> &House {
        &self.house
    }

    /// Reads its configuration again.
    #[must_use]
    pub const fn reloader(&self) -> &Reloader {
        &self.reloader
    }

    /// Takes no new requests, lets begun ones finish, and closes the house.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.house.close_sockets();
        for serving in self.serving {
            if let Err(error) = serving.await {
                tracing::error!(%error, "a listener ended badly");
            }
        }
        self.house.close().await;
    }
}
