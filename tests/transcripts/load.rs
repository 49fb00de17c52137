//! Many clients, much output, and clients that do not keep up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::frontend::{Frontend, Heard, Kernel, Shell, connected};

/// The text of a request's streams and its statuses, as one client heard them.
#[derive(Debug, Default, PartialEq)]
struct Story {
    msg_types: Vec<String>,
    text: String,
    statuses: Vec<String>,
}

impl Story {
    fn add(&mut self, heard: &Heard) {
        match heard.msg_type.as_str() {
            "status" => self.statuses.push(heard.content["execution_state"].as_str().unwrap().to_owned()),
            "stream" => self.text += heard.content["text"].as_str().unwrap(),
            _ => self.msg_types.push(heard.msg_type.clone()),
        }
    }
}

/// All that a client hears on iopub until each of these requests is idle, by request.
async fn stories(client: &mut Frontend, requests: &BTreeSet<String>) -> BTreeMap<String, Story> {
    let mut stories: BTreeMap<String, Story> = BTreeMap::new();
    let mut waiting = requests.clone();
    while !waiting.is_empty() {
        let heard = client.hear_iopub().await;
        // The welcome of a client that came later.
        let Some(request) = heard.parent["msg_id"].as_str().map(str::to_owned) else { continue };
        if heard.content["execution_state"] == "idle" {
            waiting.remove(&request);
        }
        stories.entry(request).or_default().add(&heard);
    }
    stories
}

#[tokio::test(flavor = "multi_thread")]
async fn several_clients_execute_and_complete_at_once() {
    const CELLS: usize = 6;
    let kernel = Kernel::start().await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Frontend::connect(&kernel).await);
    }
    let (mut all, mut cells) = (BTreeSet::new(), BTreeMap::new());
    let mut own: Vec<BTreeMap<String, &str>> = vec![BTreeMap::new(); clients.len()];
    for n in 0..CELLS {
        for (at, client) in clients.iter_mut().enumerate() {
            let cell = client.execute(&format!("print {at} {n}\nsleep 5")).await;
            let question = client.send(Shell, "complete_request", json!({ "code": "pri", "cursor_pos": 3 })).await;
            cells.insert(cell.clone(), format!("{at} {n}\n"));
            all.extend([cell.clone(), question.clone()]);
            own[at].extend([(cell, "execute_reply"), (question, "complete_reply")]);
        }
    }
    for (client, mut expected) in clients.iter_mut().zip(own) {
        while !expected.is_empty() {
            let reply = client.hear_reply(Shell).await;
            let request = reply.parent["msg_id"].as_str().unwrap();
            assert_eq!(expected.remove(request), Some(reply.msg_type.as_str()), "{reply:?}");
            assert_eq!(reply.content["status"], "ok");
            if reply.msg_type == "complete_reply" {
                assert_eq!(reply.content["matches"], json!(["print"]));
            }
        }
    }
    for client in &mut clients {
        let stories = stories(client, &all).await;
        for (cell, text) in &cells {
            assert_eq!((&stories[cell].text, &stories[cell].msg_types[..]), (text, &["execute_input".to_owned()][..]));
            // Questions that were answered meanwhile repeat that the kernel is busy with the cell.
            let [busy @ .., last] = &stories[cell].statuses[..] else { panic!("no status") };
            assert!(last == "idle" && busy.iter().all(|status| status == "busy"), "{:?}", stories[cell]);
        }
    }
    let first = clients.remove(0);
    drop(clients);
    first.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_flood_arrives_whole_beside_a_slow_and_a_vanished_client() {
    const LINES: usize = 200_000;
    let (kernel, mut healthy) = connected().await;
    let mut slow = Frontend::connect(&kernel).await;
    let mut vanishing = Frontend::connect(&kernel).await;
    let code = format!("flood {LINES}\nbulk 16");
    let id = healthy.execute(&code).await;
    let expected: String = (0..LINES).map(|n| format!("{n}\n")).collect();

    let hear_slowly = async {
        let (mut story, mut n_heard) = (Story::default(), 0);
        while story.statuses.last().is_none_or(|status| status != "idle") {
            let heard = slow.hear_iopub().await;
            if heard.parent["msg_id"] == json!(id) {
                story.add(&heard);
            }
            n_heard += 1;
            sleep(Duration::from_millis(10)).await;
        }
        (story, n_heard)
    };
    let vanish = async {
        while vanishing.hear_iopub().await.msg_type != "stream" {}
        drop(vanishing);
    };
    let hear_all = stories_of(&mut healthy, &id);
    let (story, (slow_story, n_heard), ()) = tokio::join!(hear_all, hear_slowly, vanish);
    assert!(story.text == expected, "the healthy client misses something");
    assert_eq!(story.msg_types.iter().filter(|msg_type| *msg_type == "display_data").count(), 16);
    assert_eq!(story.statuses, ["busy", "idle"]);
    assert!(slow_story.text == expected && slow_story.statuses == ["busy", "idle"], "the slow client misses something");
    // Lines that came one by one are sent together.
    assert!(n_heard < 2_000, "{n_heard} messages");
    assert_eq!(healthy.reply(Shell, &id, "execute_reply").await["status"], Value::from("ok"));
    healthy.end(kernel).await;
}

/// What a client hears of one request to its end; nothing comes after that.
async fn stories_of(client: &mut Frontend, request: &str) -> Story {
    let mut all = stories(client, &BTreeSet::from([request.to_owned()])).await;
    all.remove(request).unwrap()
}
