//! What a subscription reads when it resumes.

use super::*;
use std::sync::atomic::AtomicUsize;

/// The lamps, with some of one lamp's light told to the next one too, and a count of the events that are looked at.
struct Counting {
    lamps: Lamps,
    /// Of other lamps.
    mentions: Vec<i64>,
    looked_at: AtomicUsize,
}

impl TopicSource for Counting {
    fn prefix(&self) -> &'static str {
        self.lamps.prefix()
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a contracts::ports::Caller,
        topic: &'a str,
    ) -> contracts::ports::PortFuture<'a, Result<Audience, crate::Problem>> {
        self.lamps.authorise(caller, topic)
    }

    fn messages(&self, event: &runtime::Recorded) -> Vec<TopicMessage> {
        self.looked_at.fetch_add(1, Ordering::SeqCst);
        self.lamps.messages(event)
    }

    fn stream(&self, topic: &str) -> Option<kernel::StreamRef> {
        self.lamps.stream(topic)
    }

    fn elsewhere<'a>(
        &'a self,
        _: &'a str,
        after: i64,
        limit: u32,
    ) -> contracts::ports::PortFuture<'a, Result<Vec<i64>, store::StoreError>> {
        let later = self.mentions.iter().copied().filter(move |position| *position > after);
        Box::pin(async move { Ok(later.take(limit as usize).collect()) })
    }
}

#[tokio::test]
async fn resuming_reads_what_the_topic_was_told_and_nothing_else() {
    let world = World::new(HubOptions::default()).await;
    let (lamp, other) = (world.lamp(), world.lamp());
    let (mut own, mut mentions) = (Vec::new(), Vec::new());
    for n in 0..1300 {
        match n % 100 {
            7 => own.push(world.light(lamp, 1).await),
            8 => mentions.push(world.light(other, 1).await),
            _ => drop(world.light(other, 1).await),
        }
    }
    let lamps = Lamps(Arc::clone(&world.people));
    let counting = Arc::new(Counting { lamps, mentions: mentions.clone(), looked_at: AtomicUsize::new(0) });
    world.hub.attach(&world.platform, vec![Arc::clone(&counting) as _], None).await.unwrap();
    let address = serve(&world).await;
    let mut client = Client::signed_in(address, "user-1").await;
    let after = own[2];
    assert_eq!(client.subscribe(lamp, Some(after)).await["type"], "subscribed");
    for position in &own[3..] {
        assert_eq!(client.hear().await["id"], position.to_string());
    }
    let later = mentions.iter().filter(|position| **position > after).count();
    assert_eq!(counting.looked_at.load(Ordering::SeqCst), own.len() - 3 + later);
    let next = world.light(lamp, 1).await;
    assert_eq!(client.hear().await["id"], next.to_string(), "and goes on without a gap");
}

#[tokio::test]
async fn more_than_a_batch_of_both_is_resumed_in_order() {
    let world = World::new(HubOptions::default()).await;
    let lamp = world.lamp();
    let mut own = Vec::new();
    for n in 0..1100 {
        own.push(world.light(lamp, n % 500).await);
    }
    // Every one of them is found both ways, more than fit in a batch.
    let lamps = Lamps(Arc::clone(&world.people));
    let mentions = own.iter().copied().filter(|position| position % 2 == 0).collect();
    let counting = Arc::new(Counting { lamps, mentions, looked_at: AtomicUsize::new(0) });
    world.hub.attach(&world.platform, vec![counting], None).await.unwrap();
    let address = serve(&world).await;
    let mut client = Client::signed_in(address, "user-1").await;
    assert_eq!(client.subscribe(lamp, Some(0)).await["type"], "subscribed");
    for position in &own {
        assert_eq!(client.hear().await["id"], position.to_string());
    }
}
