//! The connection file, by which a frontend tells the kernel where to listen and how to sign.

use std::fs;
use std::path::Path;

pub use jupyter_protocol::{ConnectionInfo, Transport};
use uuid::Uuid;

use super::Error;

/// Reads the file that a frontend names on the kernel's command line.
pub fn read_connection_file(path: &Path) -> Result<ConnectionInfo, Error> {
    let text =
        fs::read_to_string(path).map_err(|source| Error::ReadConnectionFile { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| Error::ParseConnectionFile { path: path.to_owned(), source })
}

/// A connection on this machine with free ports and a key of its own, for a frontend in the same process.
pub fn local_connection() -> ConnectionInfo {
    ConnectionInfo {
        ip: "127.0.0.1".to_owned(),
        transport: Transport::TCP,
        shell_port: 0,
        iopub_port: 0,
        stdin_port: 0,
        control_port: 0,
        hb_port: 0,
        key: Uuid::new_v4().to_string(),
        signature_scheme: "hmac-sha256".to_owned(),
        kernel_name: None,
    }
}

/// The address of one socket, as ZeroMQ writes it.
pub(super) fn endpoint(connection: &ConnectionInfo, port: u16) -> String {
    match connection.transport {
        Transport::TCP => {
            let host = match connection.ip.as_str() {
                // ZeroMQ's own wildcard, which the Rust crate would look up as a name.
                "*" => "0.0.0.0",
                ip => ip,
            };
            format!("tcp://{host}:{port}")
        }
        Transport::IPC => format!("ipc://{}", socket_path(connection, port)),
    }
}

/// The file of an ipc socket: the address is a prefix, and the "port" a number after it.
pub(super) fn socket_path(connection: &ConnectionInfo, port: u16) -> String {
    format!("{}-{port}", connection.ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_follow_the_transport() {
        let tcp = local_connection();
        assert_eq!(endpoint(&tcp, 5000), "tcp://127.0.0.1:5000");
        let wildcard = ConnectionInfo { ip: "*".to_owned(), ..tcp.clone() };
        assert_eq!(endpoint(&wildcard, 5000), "tcp://0.0.0.0:5000");
        let ipc = ConnectionInfo { ip: "/run/kernel".to_owned(), transport: Transport::IPC, ..tcp };
        assert_eq!(endpoint(&ipc, 3), "ipc:///run/kernel-3");
    }
}
