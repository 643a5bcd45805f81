//! Traces to an OpenTelemetry collector, as protobuf over HTTP.

use crate::failure::Failure;
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, registry::LookupSpan};

/// What is traced: our own spans, not those of libraries.
const FILTER: &str = "off,autobroker=info,edge=info,runtime=debug,store=debug,guard=debug,identity=info,market=info,\
                      movement=info,money=info,flows=info,adapters=info";

/// How long one export may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The exporter; its last spans are sent by [`Traces::finish`].
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends spans to `{endpoint}/v1/traces`. Must be called inside a tokio runtime, on which the exporter runs.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when the exporter cannot be made.
    pub fn to(endpoint: &str) -> Result<Self, Failure> {
        // The exporter's client wants one even for plain http. Whoever came first has installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| Failure::Configuration(format!("--otlp-endpoint: {error}")))?;
        let resource = Resource::builder()
            .with_service_name("autobroker")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let exporter = OnRuntime { inner: std::sync::Arc::new(exporter), runtime: Handle::current() };
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// The layer that turns our spans into exported ones.
    #[must_use]
    pub fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("autobroker"))
            .with_location(false)
            .with_threads(false)
            .with_filter(EnvFilter::new(FILTER))
            .boxed()
    }

    /// Sends what is left. Blocks for at most a few seconds, so call it on a blocking thread.
    pub fn finish(&self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// The batch processor polls its exporter on a plain thread, but the HTTP client needs tokio: this runs the export
/// there and waits for it.
#[derive(Debug)]
struct OnRuntime {
    inner: std::sync::Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let inner = std::sync::Arc::clone(&self.inner);
        let export = self.runtime.spawn(async move { inner.export(batch).await });
        export.await.unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(inner) = std::sync::Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}
