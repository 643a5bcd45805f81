//! Truncated, damaged and hostile files end in an answer that names the file, never in a crash or a full memory.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use proptest::prelude::*;
use roads::{
    Graph, KEPT_WISHES, Ready, RoadsError, Router, file,
    hierarchy::{Customised, Hierarchy},
    import, read_region, synthetic,
};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

const SQUARE: &str = "<osm><node id='1' lat='45' lon='9'/><node id='2' lat='45.01' lon='9'/>\
    <way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way></osm>";

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

fn read(bytes: &[u8]) -> Result<Graph, RoadsError> {
    import(written(bytes).path(), None, &mut |_| {}).map(|imported| imported.graph)
}

fn andorra() -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osm/andorra.osm.pbf");
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn a_small_file_is_read_zipped_or_not() {
    assert_eq!(read(SQUARE.as_bytes()).unwrap().edge_count(), 2);
    assert_eq!(read(&gzip(SQUARE.as_bytes())).unwrap().edge_count(), 2);
}

#[test]
fn what_is_no_map_is_refused() {
    for bytes in
        ["", "hello", "<html></html>", "<osm/>", "<osm></osm>", "\0\0\0\u{d}", "<osm><way id='x'/></osm>"]
    {
        assert!(read(bytes.as_bytes()).is_err(), "{bytes}");
    }
    let lost = "<osm><node id='1' lat='95' lon='9'/></osm>";
    assert!(read(lost.as_bytes()).unwrap_err().to_string().contains("not on the globe"));
    assert!(matches!(import(Path::new("/nowhere.osm"), None, &mut |_| {}), Err(RoadsError::File { .. })));
}

#[test]
fn truncated_files_say_so() {
    let zipped = gzip(SQUARE.as_bytes());
    for cut in
        [&zipped[..zipped.len() - 12], &SQUARE.as_bytes()[..SQUARE.len() - 6], &SQUARE.as_bytes()[..80]]
    {
        let error = read(cut).unwrap_err().to_string();
        assert!(error.contains("truncated"), "{error}");
    }
    let Some(bytes) = andorra() else { return };
    for length in [3, 10, 200, 5_000, bytes.len() / 2, bytes.len() - 1] {
        let error = read(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("truncated") || error.contains("PBF"), "{length}: {error}");
    }
}

#[test]
fn an_endless_tag_does_not_fill_the_memory() {
    let mut bomb = b"<osm><node id='".to_vec();
    bomb.resize(64 * 1024 * 1024, b'1');
    let error = read(&gzip(&bomb)).unwrap_err().to_string();
    assert!(error.contains("too long"), "{error}");
}

#[test]
fn a_map_that_unpacks_to_too_much_is_refused() {
    let mut bomb = b"<osm>".to_vec();
    bomb.extend(b"<a/>".repeat(16 * 1024 * 1024));
    bomb.extend(b"</osm>");
    let error = read(&gzip(&bomb)).unwrap_err().to_string();
    assert!(error.contains("unpacks to more"), "{error}");
}

#[test]
fn a_block_that_unpacks_to_too_much_is_refused() {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&vec![0; 40 * 1024 * 1024]).unwrap();
    let packed = zlib.finish().unwrap();
    let varint = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 128 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let blob = [vec![0x1a], varint(packed.len()), packed].concat();
    let header = [vec![0x0a, 9], b"OSMHeader".to_vec(), vec![0x18], varint(blob.len())].concat();
    let file = [(header.len() as u32).to_be_bytes().to_vec(), header, blob].concat();
    assert!(read(&file).unwrap_err().to_string().contains("more than an honest file's would"));
}

#[test]
fn roads_to_nodes_that_are_missing_are_cut() {
    let map = "<osm><node id='1' lat='45' lon='9'/><node id='2' lat='45.01' lon='9'/><node id='4' lat='45.03' lon='9'/>\
        <node id='5' lat='45.04' lon='9'/><way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='5'/>\
        <tag k='highway' v='primary'/></way></osm>";
    let imported = import(written(map.as_bytes()).path(), None, &mut |_| {}).unwrap();
    assert_eq!((imported.graph.segment_count(), imported.left_out.cut_roads), (2, 1));
}

#[test]
fn region_files_name_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read_region(folder.path()).is_err());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("places.csv", "country,place,lon,lat\nIT,1,9,45\nIT,2,9,46\n");
    for (line, what) in [
        ("IT,1,3,5", "places.csv does not have"),
        ("IT,1,2,far", "no number"),
        ("IT,1,2,-1", "out of range"),
        ("IT,1,2,NaN", "out of range"),
        ("IT,1", "found record"),
    ] {
        write("roads.csv", &format!("country,from,to,km\n{line}\n"));
        let error = read_region(folder.path()).unwrap_err().to_string();
        assert!(error.contains(what), "{line}: {error}");
    }
}

#[test]
fn a_graph_file_comes_back_whole_or_not_at_all() {
    let graph = synthetic::generate(400, 1).unwrap();
    let hierarchy = Hierarchy::of(&graph).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph");
    file::write(&path, &graph, &hierarchy).unwrap();
    let (again, order) = file::read(&path).unwrap();
    assert_eq!(again.parts(), graph.parts());
    assert_eq!(order.order(), hierarchy.order());
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 5, 12, 40, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(file::read(&path), Err(RoadsError::Malformed { .. })), "{length}");
    }
}

/// What a file keeps is what would be worked out, to the last weight, and what is damaged of it is worked out again.
#[test]
fn a_prepared_graph_opens_with_the_weights_that_it_keeps() {
    let wish = KEPT_WISHES[2];
    let router = Router::contracted(synthetic::generate(2000, 1).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph");
    file::write(&path, router.graph(), router.hierarchy()).unwrap();
    let plain = std::fs::metadata(&path).unwrap().len() as usize;
    file::write_prepared(&path, &router, &[wish]).unwrap();
    let fresh = router.ready(wish);
    let same = |opened: &Router| {
        assert_eq!(opened.hierarchy().all_arcs(), router.hierarchy().all_arcs());
        let kept = opened.ready(wish);
        let weights = |ready: &Ready| {
            let Customised { climb_up, climb_down, .. } = &ready.customised;
            climb_up.weights().chain(climb_down.weights()).collect::<Vec<u32>>()
        };
        assert_eq!(weights(&kept), weights(&fresh));
        assert_eq!(kept.customised.climbed(), fresh.customised.climbed());
        let mut dice = synthetic::Dice::new(3);
        for _ in 0..200 {
            let nodes = router.graph().node_count() as u32;
            let (from, to) =
                (router.graph().point(dice.below(nodes)), router.graph().point(dice.below(nodes)));
            let route = |router: &Router| router.route(wish, from, to).map(|route| route.edges).ok();
            assert_eq!(route(opened), route(&router));
        }
    };
    let opened = file::open(&path).unwrap();
    assert_eq!(opened.kept_weights(), 1);
    same(&opened);
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > plain + fresh.customised.up.len());
    bytes[plain + 200] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let damaged = file::open(&path).unwrap();
    same(&damaged);
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(file::open(&path), Err(RoadsError::Malformed { .. })), "cut off");
    bytes[7] = b'2';
    std::fs::write(&path, &bytes).unwrap();
    let older = file::open(&path).unwrap_err().to_string();
    assert!(older.contains("another version: import it again"), "{older}");
}

/// Arcs that no contraction makes are refused: searches trust them.
#[test]
fn shortcuts_of_another_graph_do_not_fit() {
    let graph = synthetic::generate(400, 1).unwrap();
    let hierarchy = Hierarchy::of(&graph).unwrap();
    let (first, heads) = hierarchy.all_arcs();
    let taken = |first: &[u32], heads: &[u32]| {
        Hierarchy::with_arcs(&graph, hierarchy.order().to_vec(), (first.to_vec(), heads.to_vec())).is_ok()
    };
    assert!(taken(first, heads));
    assert!(!taken(&first[..first.len() - 1], heads) && !taken(first, &heads[1..]) && !taken(&[], &[]));
    for place in [0, heads.len() / 2, heads.len() - 1] {
        let mut other = heads.to_vec();
        other[place] = if other[place] == 0 { 1 } else { other[place] - 1 };
        assert!(!taken(first, &other), "arc {place} leads elsewhere");
        other[place] = u32::MAX;
        assert!(!taken(first, &other), "arc {place} leads out");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_altered_map_ends_in_an_answer(at in 0.0..1.0_f64, byte in any::<u8>(), more in 0_usize..4) {
        let Some(mut bytes) = andorra() else { return Ok(()) };
        for step in 0..=more {
            let place = ((bytes.len() - 1) as f64 * at) as usize / (step + 1);
            bytes[place] = byte;
        }
        // Whatever was understood must hold together.
        if let Ok(graph) = read(&bytes) {
            prop_assert!(Router::contracted(graph).is_ok());
        }
    }

    #[test]
    fn an_altered_graph_is_refused(at in 0.0..1.0_f64, flip in 1_u8..) {
        let graph = synthetic::generate(300, 1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        file::write(&path, &graph, &Hierarchy::of(&graph).unwrap()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let place = ((bytes.len() - 1) as f64 * at) as usize;
        bytes[place] ^= flip;
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(file::read(&path).is_err());
    }

    #[test]
    fn any_text_as_a_map_ends_in_an_answer(text in "(<(osm|way|node|nd|tag|/osm|/way)( (id|ref|k|v|lat)='[0-9a-z]{0,3}')*/?>){0,12}") {
        let _ = read(text.as_bytes());
    }
}
