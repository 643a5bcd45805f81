//! The listeners of trackers: which are asked for, and the running ones.

use crate::{
    failure::Failure,
    listener::{self, Limits},
};
use clap::Args;
use devices::Protocol;
use movement::trackers::{
    InvalidMqttUrl, MqttUrl, Trackers, Turn, osmand_routes, serve_connections, serve_datagrams, serve_mqtt,
};
use std::net::SocketAddr;
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::watch,
    task::JoinHandle,
};

/// Options of the listeners; each is off unless its address is given.
#[derive(Debug, Clone, Default, Args)]
pub struct TrackerOptions {
    /// Take positions of OsmAnd and Traccar clients over HTTP here [default: off].
    #[arg(long, env = "AUTOBROKER_LISTEN_OSMAND", value_name = "ADDRESS:PORT")]
    pub listen_osmand: Option<String>,
    /// Take positions of Teltonika trackers here, over TCP and UDP [default: off].
    #[arg(long, env = "AUTOBROKER_LISTEN_TELTONIKA", value_name = "ADDRESS:PORT")]
    pub listen_teltonika: Option<String>,
    /// Take positions of GT06 trackers here, over TCP and UDP [default: off].
    #[arg(long, env = "AUTOBROKER_LISTEN_GT06", value_name = "ADDRESS:PORT")]
    pub listen_gt06: Option<String>,
    /// Take positions of H02 trackers here, over TCP and UDP [default: off].
    #[arg(long, env = "AUTOBROKER_LISTEN_H02", value_name = "ADDRESS:PORT")]
    pub listen_h02: Option<String>,
    /// Take positions that devices publish at an MQTT broker: mqtt://[USER:PASSWORD@]HOST[:PORT][/TOPIC]; a device
    /// publishes OsmAnd's JSON at TOPIC/ITS-IDENTIFIER, by default autobroker/devices/... [default: off].
    #[arg(long, env = "AUTOBROKER_MQTT", value_name = "URL", hide_env_values = true)]
    pub mqtt: Option<String>,
}

/// Where each protocol listens, decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackerSettings {
    /// A protocol and its `ADDRESS:PORT`.
    pub listen: Vec<(Protocol, String)>,
    /// The MQTT broker.
    pub mqtt: Option<MqttUrl>,
}

impl TrackerSettings {
    /// A flag wins over the file.
    ///
    /// # Errors
    /// [`Failure::Option`] for a broker that does not read as one.
    pub fn decide(options: &TrackerOptions, file: &TrackerOptions) -> Result<Self, Failure> {
        let chosen = [
            (Protocol::Osmand, &options.listen_osmand, &file.listen_osmand),
            (Protocol::Teltonika, &options.listen_teltonika, &file.listen_teltonika),
            (Protocol::Gt06, &options.listen_gt06, &file.listen_gt06),
            (Protocol::H02, &options.listen_h02, &file.listen_h02),
        ];
        let listen = chosen.into_iter().filter_map(|(protocol, flag, file)| {
            flag.as_ref().or(file.as_ref()).map(|address| (protocol, address.clone()))
        });
        let mqtt = options.mqtt.as_ref().or(file.mqtt.as_ref()).map(|url| url.parse()).transpose();
        let mqtt =
            mqtt.map_err(|error: InvalidMqttUrl| Failure::option("mqtt", format!("--mqtt: {error}")))?;
        Ok(Self { listen: listen.collect(), mqtt })
    }
}

/// Sockets that are bound and not yet served.
pub struct TrackerSockets {
    bound: Vec<Bound>,
    mqtt: Option<MqttUrl>,
}

struct Bound {
    protocol: Protocol,
    address: SocketAddr,
    connections: TcpListener,
    datagrams: Option<UdpSocket>,
}

impl TrackerSockets {
    /// Binds every listener that is asked for.
    ///
    /// # Errors
    /// [`Failure::Network`] names the option.
    pub async fn bind(settings: &TrackerSettings) -> Result<Self, Failure> {
        let mut bound = Vec::with_capacity(settings.listen.len());
        for (protocol, address) in &settings.listen {
            let cannot = |error: std::io::Error| {
                Failure::Network(format!("--listen-{} cannot listen on {address}: {error}", protocol.name()))
            };
            let connections = TcpListener::bind(address).await.map_err(cannot)?;
            let address = connections.local_addr().map_err(cannot)?;
            let datagrams = match protocol {
                Protocol::Osmand => None,
                Protocol::Teltonika | Protocol::Gt06 | Protocol::H02 => {
                    Some(UdpSocket::bind(address).await.map_err(cannot)?)
                }
            };
            bound.push(Bound { protocol: *protocol, address, connections, datagrams });
        }
        Ok(Self { bound, mqtt: settings.mqtt.clone() })
    }

    /// Where each protocol listens.
    pub fn addresses(&self) -> Vec<(Protocol, SocketAddr)> {
        self.bound.iter().map(|bound| (bound.protocol, bound.address)).collect()
    }

    /// Serves them all until `stop` turns true.
    pub fn serve(
        self,
        trackers: &Trackers,
        turn: Turn,
        limits: Limits,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let mut serving = Vec::new();
        if let Some(url) = self.mqtt {
            let (trackers, stop) = (trackers.clone(), stop.clone());
            serving.push(tokio::spawn(async move { serve_mqtt(url, turn, trackers, stop).await }));
        }
        for Bound { protocol, connections, datagrams, .. } in self.bound {
            if protocol == Protocol::Osmand {
                let routes = osmand_routes(trackers.clone());
                serving.push(tokio::spawn(listener::serve(connections, routes, None, limits, stop.clone())));
                continue;
            }
            serving.push(tokio::spawn(serve_connections(
                connections,
                protocol,
                trackers.clone(),
                stop.clone(),
            )));
            if let Some(socket) = datagrams {
                serving.push(tokio::spawn(serve_datagrams(socket, protocol, trackers.clone(), stop.clone())));
            }
        }
        serving
    }
}
