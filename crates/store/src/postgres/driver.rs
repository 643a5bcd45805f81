//! A small runtime of the store's own. It moves the bytes of every connection, so that a commit works on any thread and
//! under any executor: the engine's own thread, a test's, the turned scheduler's.

use super::load::Load;
use crate::StoreError;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    time::{error::Elapsed, sleep, timeout},
};

/// Runs the connections.
pub struct Driver {
    runtime: Option<Runtime>,
    handle: Handle,
    load: Arc<Load>,
}

impl Driver {
    /// Starts its thread.
    pub fn start() -> Result<Self, StoreError> {
        let built =
            Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = built.map_err(|error| StoreError::Open(error.to_string()))?;
        let handle = runtime.handle().clone();
        Ok(Self { runtime: Some(runtime), handle, load: Arc::default() })
    }

    /// What is asked over its connections.
    pub const fn load(&self) -> &Arc<Load> {
        &self.load
    }

    /// Runs a future on the store's own thread; awaiting it works anywhere.
    pub async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.handle.spawn(future).await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Leaves a future running on the store's own thread.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(future));
    }

    /// Gives a future a time limit; awaiting it works anywhere.
    pub async fn limit<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Result<T, Elapsed> {
        let limited = {
            let _context = self.handle.enter();
            timeout(limit, future)
        };
        limited.await
    }

    /// Waits; works anywhere.
    pub async fn pause(&self, wait: Duration) {
        let pause = {
            let _context = self.handle.enter();
            sleep(wait)
        };
        pause.await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for inside another one, and nothing here is worth waiting for.
            runtime.shutdown_background();
        }
    }
}
