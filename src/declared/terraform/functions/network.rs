//! Functions on network addresses.

use std::net::IpAddr;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::Signed as _;
use ipnet::IpNet;

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::{ANY, Function, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("cidrcontains", (2, 2), Whole, contains),
    pure("cidrhost", (2, 2), Whole, |a| {
        let (network, host) = (network(&a.text(0)?)?, whole(a, 1)?);
        if is_mapped(&network) {
            return Ok(Value::unknown(MAPPED));
        }
        let hosts = 128 - u32::from(network.max_prefix_len() - network.prefix_len());
        let last = u128::MAX.checked_shr(hosts).unwrap_or(0);
        let offset = match u128::try_from(host.magnitude().clone()).ok() {
            Some(host_number) if host.is_negative() => last.checked_sub(host_number - 1),
            offset => offset,
        };
        let offset = offset.filter(|offset| *offset <= last).ok_or("the network has no such host")?;
        Ok(Value::text(address(&network, bits(network.network()) + offset).to_string()))
    }),
    pure("cidrnetmask", (1, 1), Whole, |a| match network(&a.text(0)?)? {
        IpNet::V4(network) => Ok(Value::text(network.netmask().to_string())),
        IpNet::V6(_) => Err("only IPv4 networks have a netmask".to_owned()),
    }),
    pure("cidrsubnet", (3, 3), Whole, |a| {
        let (network, more, number) = (network(&a.text(0)?)?, a.size(1)?, whole(a, 2)?);
        let number = u128::try_from(number).map_err(|_| "there is no subnet of that number".to_owned())?;
        if is_mapped(&network) {
            return Ok(Value::unknown(MAPPED));
        }
        let prefix = longer(&network, more)?;
        if more < 128 && number >> more != 0 {
            return Err("the prefix extension is too short for that subnet number".to_owned());
        }
        let shift = u32::from(network.max_prefix_len() - prefix);
        let base = bits(network.network()) | number.checked_shl(shift).unwrap_or(0);
        Ok(Value::text(format!("{}/{prefix}", address(&network, base))))
    }),
    pure("cidrsubnets", (1, ANY), Whole, subnets),
];

/// By how many bits `cidrsubnets` makes a prefix longer at most.
const MAX_EXTENSION: usize = 32;

/// Terraform computes addresses in such networks as if they had 32 bits, to no use.
const MAPPED: &str = "networks of mapped IPv4 addresses are not computed";

fn is_mapped(network: &IpNet) -> bool {
    matches!(network, IpNet::V6(network) if network.network().to_ipv4_mapped().is_some())
}

/// A whole number of any size.
fn whole(arguments: &Arguments<'_>, at: usize) -> Result<BigInt, String> {
    let number = arguments.number(at)?;
    if !number.as_decimal().is_integer() {
        return Err(format!("argument {}: a whole number is required", at + 1));
    }
    Ok(number.as_decimal().with_scale(0).into_bigint_and_exponent().0)
}

/// `cidrcontains(network, network or address)`, which only OpenTofu has.
fn contains(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (network, text) = (network(&arguments.text(0)?)?, arguments.text(1)?);
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let contained = address.or_else(|_| text.parse::<IpNet>()).map_err(|_| "a network or an address is required")?;
    match (&network, &contained) {
        (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_)) => Ok(Value::bool(network.contains(&contained))),
        _ => Err("an IPv4 network and an IPv6 network have nothing in common".to_owned()),
    }
}

/// `cidrsubnets(prefix, newbits…)`: one network after the other, each where it fits.
fn subnets(arguments: &Arguments<'_>) -> Result<Value, String> {
    let network = network(&arguments.text(0)?)?;
    let first = bits(network.network());
    let size = |prefix: u8| 1_u128.checked_shl(u32::from(network.max_prefix_len() - prefix));
    let end = size(network.prefix_len()).and_then(|size| first.checked_add(size - 1)).unwrap_or(u128::MAX);
    let mut next = Some(first);
    let mut made = Vec::new();
    for at in 1..arguments.count() {
        let more = arguments.size(at)?;
        if !(1..=MAX_EXTENSION).contains(&more) {
            return Err("a subnet has between 1 and 32 bits more than the network".to_owned());
        }
        let prefix = longer(&network, more)?;
        let full = "the network has no room for another subnet of that size";
        let size = size(prefix).ok_or(full)?;
        // A subnet begins at a multiple of its size.
        let start = next.and_then(|next| next.checked_next_multiple_of(size)).ok_or(full)?;
        let last = start.checked_add(size - 1).filter(|last| *last <= end).ok_or(full)?;
        made.push(Value::text(format!("{}/{prefix}", address(&network, start))));
        next = last.checked_add(1);
    }
    Ok(Value::list(made))
}

fn network(text: &str) -> Result<IpNet, String> {
    let network: IpNet = text.parse().map_err(|_| "a network in CIDR notation is required".to_owned())?;
    Ok(network.trunc())
}

/// The prefix length with more bits.
fn longer(network: &IpNet, more: usize) -> Result<u8, String> {
    let prefix = usize::from(network.prefix_len()).saturating_add(more);
    u8::try_from(prefix)
        .ok()
        .filter(|prefix| *prefix <= network.max_prefix_len())
        .ok_or_else(|| "the prefix would be longer than an address".to_owned())
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of these bits, of the same family as the network.
fn address(network: &IpNet, bits: u128) -> IpAddr {
    match network {
        IpNet::V4(_) => IpAddr::V4(u32::try_from(bits).unwrap_or(u32::MAX).into()),
        IpNet::V6(_) => IpAddr::V6(bits.into()),
    }
}
