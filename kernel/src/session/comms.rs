//! Comms: channels that a frontend opens to something in the kernel, and that both ends may close.
//!
//! The kernel has one thing to talk to, `tunebook.variables`: a table of the notebook's variables, sent when the comm is
//! opened, after every cell, and when the frontend sends anything.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Session;
use crate::engine::VariableRow;
use crate::wire::{Request, log};

const VARIABLES: &str = "tunebook.variables";

/// The open comms, and what is told by them.
#[derive(Default)]
pub(super) struct Comms {
    /// The target of each by its id.
    open: BTreeMap<String, String>,
    variables: Vec<VariableRow>,
}

impl Comms {
    /// What there is after the latest cell.
    pub(super) fn set_variables(&mut self, variables: Vec<VariableRow>) {
        self.variables = variables;
    }

    fn table(&self) -> Value {
        let row = |row: &VariableRow| {
            let VariableRow { name, type_name, bytes, execution_count } = row;
            json!({ "name": name, "type": type_name, "bytes": bytes, "cell": execution_count })
        };
        json!({ "variables": self.variables.iter().map(row).collect::<Vec<_>>() })
    }
}

#[derive(Deserialize)]
struct Open {
    comm_id: String,
    target_name: String,
}

#[derive(Deserialize)]
struct Message {
    comm_id: String,
}

#[derive(Deserialize)]
struct InfoRequest {
    target_name: Option<String>,
}

impl Session {
    pub(super) fn comm_info(&self, request: &Request) {
        self.busy(request);
        match request.content::<InfoRequest>() {
            Ok(InfoRequest { target_name }) => {
                let is_meant = |target: &String| target_name.as_ref().is_none_or(|name| name == target);
                let open = self.comms.open.iter().filter(|(_, target)| is_meant(target));
                let comms: Map<String, Value> =
                    open.map(|(id, target)| (id.clone(), json!({ "target_name": target }))).collect();
                self.answer(request, &json!({ "status": "ok", "comms": comms }));
            }
            Err(error) => self.refuse(request, &error),
        }
    }

    /// Opens a comm; one to an unknown target is closed, as the protocol asks.
    pub(super) fn open_comm(&mut self, request: &Request) {
        self.busy(request);
        match request.content::<Open>() {
            Ok(Open { comm_id, target_name }) if target_name == VARIABLES => {
                self.comms.open.insert(comm_id.clone(), target_name);
                self.send_table(request, &comm_id);
            }
            Ok(Open { comm_id, .. }) => {
                self.outbox.publish(Some(request), "comm_close", &json!({ "comm_id": comm_id, "data": {} }));
            }
            Err(error) => log(format_args!("ignored a comm_open that cannot be read: {error}")),
        }
        self.idle(request);
    }

    pub(super) fn hear_comm(&mut self, request: &Request) {
        self.busy(request);
        match request.content::<Message>() {
            Ok(Message { comm_id }) if self.comms.open.contains_key(&comm_id) => self.send_table(request, &comm_id),
            Ok(Message { comm_id }) => {
                log(format_args!("ignored a message on the comm {comm_id:?}, which is not open"))
            }
            Err(error) => log(format_args!("ignored a comm_msg that cannot be read: {error}")),
        }
        self.idle(request);
    }

    pub(super) fn close_comm(&mut self, request: &Request) {
        self.busy(request);
        match request.content::<Message>() {
            Ok(Message { comm_id }) => drop(self.comms.open.remove(&comm_id)),
            Err(error) => log(format_args!("ignored a comm_close that cannot be read: {error}")),
        }
        self.idle(request);
    }

    /// Tells all who look at the variables what there is after a cell.
    pub(super) fn send_variables(&self, cell: &Request) {
        for comm_id in self.comms.open.keys() {
            self.send_table(cell, comm_id);
        }
    }

    fn send_table(&self, parent: &Request, comm_id: &str) {
        let content = json!({ "comm_id": comm_id, "data": self.comms.table() });
        self.outbox.publish(Some(parent), "comm_msg", &content);
    }
}
