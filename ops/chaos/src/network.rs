//! A network of its own for a few servers, in which a wire can be cut so that nothing is refused and nothing arrives.
//!
//! Each server has a network namespace and an address on a bridge to which this machine belongs, too. Needs root.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::Ipv4Addr,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use testkit::Place;

/// The namespaces and the bridge; gone when dropped.
#[derive(Debug)]
pub struct Network {
    /// Begins all names.
    name: String,
    subnet: [u8; 3],
    count: u8,
}

impl Network {
    /// A network with so many places.
    pub fn build(count: u8) -> anyhow::Result<Self> {
        let random = RandomState::new().hash_one("network").to_be_bytes();
        let network = Self {
            name: format!("dr{:02x}{:02x}{:02x}", random[0], random[1], random[2]),
            subnet: [10, 200 + random[3] % 50, random[4]],
            count,
        };
        network
            .lay()
            .context("a network of its own needs root and iproute2")?;
        Ok(network)
    }

    fn lay(&self) -> anyhow::Result<()> {
        let bridge = &self.name;
        ip(&["link", "add", bridge, "type", "bridge"])?;
        let own = format!("{}/24", self.address(254));
        ip(&["addr", "add", &own, "dev", bridge])?;
        ip(&["link", "set", bridge, "up"])?;
        for number in 0..self.count {
            let (namespace, wire) = (self.namespace(number), self.wire(number));
            ip(&["netns", "add", &namespace])?;
            ip(&[
                "link", "add", &wire, "type", "veth", "peer", "name", "eth0", "netns", &namespace,
            ])?;
            ip(&["link", "set", &wire, "master", bridge, "up"])?;
            let address = format!("{}/24", self.address(number + 1));
            ip(&["-n", &namespace, "addr", "add", &address, "dev", "eth0"])?;
            ip(&["-n", &namespace, "link", "set", "eth0", "up"])?;
            ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        }
        Ok(())
    }

    /// Where a server can be.
    pub fn places(&self) -> Vec<Place> {
        let place = |number| Place {
            host: self.address(number + 1),
            namespace: Some(self.namespace(number)),
        };
        (0..self.count).map(place).collect()
    }

    /// Nothing gets to this place or away from it.
    pub fn cut_off(&self, number: u8) -> anyhow::Result<()> {
        ip(&["link", "set", &self.wire(number), "down"])
    }

    /// Nothing gets from this place to the others; to this machine it does.
    pub fn cut_from_peers(&self, number: u8) -> anyhow::Result<()> {
        self.peers(number, "add")
    }

    /// Everything gets everywhere again.
    pub fn mend(&self, number: u8) -> anyhow::Result<()> {
        ip(&["link", "set", &self.wire(number), "up"])?;
        // There may be no wall.
        let _ = self.peers(number, "del");
        Ok(())
    }

    fn peers(&self, number: u8, verb: &str) -> anyhow::Result<()> {
        for peer in (0..self.count).filter(|peer| *peer != number) {
            let (namespace, to) = (self.namespace(number), self.address(peer + 1));
            let to = format!("{to}/32");
            ip(&["-n", &namespace, "route", verb, "blackhole", &to])?;
        }
        Ok(())
    }

    fn address(&self, last: u8) -> Ipv4Addr {
        let [a, b, c] = self.subnet;
        Ipv4Addr::new(a, b, c, last)
    }

    fn namespace(&self, number: u8) -> String {
        format!("{}n{number}", self.name)
    }

    fn wire(&self, number: u8) -> String {
        format!("{}v{number}", self.name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What was never laid cannot be taken away.
        for number in 0..self.count {
            let _ = ip(&["netns", "del", &self.namespace(number)]);
        }
        let _ = ip(&["link", "del", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let said = Command::new("ip")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run ip")?;
    let why = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "ip {arguments:?}: {}", why.trim());
    Ok(())
}
