//! Photos, signatures and proofs of delivery, from the driver's hands to those who may see them, and to oblivion.

use crate::{
    brokerage::{Brokerage, join, text},
    places::Place,
};
use contracts::ports::Role;
use serde_json::json;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe signature of Ada";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0the cargo";

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_proved_by_what_the_driver_brought() {
    for place in Place::every("a_delivery_is_proved").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, _) = brokerage.book().await;
        let (other, _) = (brokerage.post_shipment().await, ());
        let documents = format!("/api/v1/shipments/{shipment}/documents");
        let (driver, shipper) = (&brokerage.driver, &brokerage.shipper);
        let signed = format!("{documents}?kind=signature");
        let first = driver.upload(&signed, "image/png", "sig-1", PNG).await.data(201);
        let again = driver.upload(&signed, "image/png", "sig-1", PNG).await.data(201);
        assert_eq!(first, again, "kept once");
        let photo =
            driver.upload(&format!("{documents}?kind=delivery_photo"), "image/jpeg", "p-1", JPEG).await;
        let (signature, photo) = (text(&first, "/id"), text(&photo.data(201), "/id"));
        assert_eq!(shipper.get(&documents).await.data(200).as_array().unwrap().len(), 2);

        let (status, headers, bytes) = shipper.download(&text(&first, "/content")).await;
        assert_eq!((status, bytes.as_slice()), (200, PNG));
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/png");
        assert_eq!(header("cache-control"), "private, max-age=300");
        assert_eq!(header("content-disposition"), format!("inline; filename=\"{signature}.png\""));
        assert_eq!(header("x-content-type-options"), "nosniff");

        brokerage.drive(&shipment, "unloading").await;
        let step = |signature: &str, photo: &str| {
            json!({ "status": "delivered", "proof": {
                "recipient": "Ada", "signature_document_id": signature, "photo_document_ids": [photo],
            }})
        };
        let status = format!("/api/v1/shipments/{shipment}/status");
        let swapped = driver.post(&status, step(&photo, &signature)).await;
        assert_eq!(swapped.fields(), ["proof.signature_document_id", "proof.photo_document_ids[0]"]);
        let elsewhere = format!("/api/v1/shipments/{other}/documents?kind=signature");
        let foreign = shipper.upload(&elsewhere, "image/png", "sig-2", PNG).await.data(201);
        let refused = driver.post(&status, step(&text(&foreign, "/id"), &photo)).await;
        assert_eq!(refused.fields(), ["proof.signature_document_id"], "of another shipment");
        let delivered = driver.post(&status, step(&signature, &photo)).await.data(200);
        assert_eq!(text(&delivered, "/proof/signature_document_id"), signature);
        assert_eq!(delivered["proof"]["photo_document_ids"], json!([photo]));
        let repeated = driver.post(&status, step(&signature, &photo)).await.data(200);
        assert_eq!(repeated["proof"], delivered["proof"], "a step that is done is answered alike");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_for_those_involved_and_can_be_forgotten() {
    let place = Place::sqlite();
    let brokerage = Brokerage::open(&place).await;
    let (shipment, _) = brokerage.book().await;
    let documents = format!("/api/v1/shipments/{shipment}/documents");
    let kept = brokerage.driver.upload(&format!("{documents}?kind=signature"), "image/png", "s", PNG).await;
    let kept = kept.data(201);
    let (id, content) = (text(&kept, "/id"), text(&kept, "/content"));
    let stranger = join(&brokerage.visitor, "shipper", "Olga Other").await;
    for path in [&documents, &content] {
        stranger.get(path).await.problem(404);
        brokerage.visitor.get(path).await.problem(401);
    }
    let (broker, admin) = (brokerage.staff(Role::Broker).await, brokerage.staff(Role::Admin).await);
    broker.get(&documents).await.data(200);
    let finance = brokerage.staff(Role::Finance).await;
    assert_eq!(finance.get(&content).await.problem(403), "forbidden", "a signature is personal");
    assert_eq!(brokerage.staff(Role::Support).await.download(&content).await.0, 200);

    // On the disk there is nothing of what it shows.
    let objects = place.settings().place.data.join("objects");
    let folder = std::fs::read_dir(&objects).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let sealed = std::fs::read(&file).unwrap();
    assert!(!sealed.windows(9).any(|part| part == b"signature"));

    let erase = format!("/api/v1/documents/{id}");
    brokerage.shipper.raw("DELETE", &erase, "").await.problem(403);
    let erased = admin.raw("DELETE", &erase, "").await.data(200);
    assert_eq!(erased["erased"], json!(true));
    brokerage.shipper.get(&content).await.problem(404);
    assert!(!file.exists());
    assert_eq!(brokerage.shipper.get(&documents).await.data(200)[0]["erased"], json!(true));
    brokerage.server.stop().await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_it_says_it_is() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let shipment = brokerage.post_shipment().await;
    let path = format!("/api/v1/shipments/{shipment}/documents?kind=other");
    let send = async |content_type: &str, bytes: &[u8]| {
        brokerage.shipper.upload(&path, content_type, &format!("{content_type}{}", bytes.len()), bytes).await
    };
    assert_eq!(send("text/html", b"<script>").await.problem(415), "unsupported_type");
    assert_eq!(send("image/png", JPEG).await.problem(415), "unsupported_type");
    assert_eq!(send("image/png", b"").await.fields(), ["body"]);
    let photo = |length: usize| [JPEG, &vec![7; length - JPEG.len()]].concat();
    send("image/jpeg", &photo(3 * 1024 * 1024)).await.data(201);
    let unknown = path.replace("other", "selfie");
    assert_eq!(brokerage.shipper.upload(&unknown, "image/jpeg", "k", JPEG).await.fields(), ["kind"]);
    brokerage.server.stop().await;
}
