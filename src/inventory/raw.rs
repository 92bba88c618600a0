//! YAML text becomes raw types: what a user wrote, right or wrong.
//!
//! Reading a raw type never fails because of what stands in a value: a scalar
//! of the wrong type, a `null`, an unknown key is recorded, so that validation
//! finds all of them in one pass. Nothing here judges, or knows of places.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// What a user wrote where a `T` belongs.
#[derive(Debug, Default)]
pub(crate) enum Slot<T> {
    /// Nothing.
    #[default]
    Absent,
    /// A key without a value, or `null`.
    Null,
    /// Something else.
    Wrong(Written),
    /// A `T`.
    Given(T),
}

/// What stands where something else belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Bool,
    Number,
    Text,
    List,
    Map,
    /// Refused by the scan already.
    Tagged,
}

impl Written {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Tagged => "a tag",
        }
    }
}

/// A type that can be read from some of YAML's shapes; from the others it is `None`.
pub(crate) trait Raw<'de>: Sized {
    /// What is expected here, for people.
    const EXPECTED: &'static str;

    fn text(_: &str) -> Option<Self> {
        None
    }
    fn flag(_: bool) -> Option<Self> {
        None
    }
    fn int(_: i128) -> Option<Self> {
        None
    }
    fn float(_: f64) -> Option<Self> {
        None
    }
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        while items.next_element::<Anything>()?.is_some() {}
        Ok(None)
    }
    fn map<A: MapAccess<'de>>(mut entries: A) -> Result<Option<Self>, A::Error> {
        while entries.next_entry::<Anything, Anything>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: Raw<'de>> Deserialize<'de> for Slot<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SlotVisitor(std::marker::PhantomData))
    }
}

struct SlotVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Raw<'de>> Visitor<'de> for SlotVisitor<T> {
    type Value = Slot<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<Slot<T>, E> {
        Ok(Slot::Null)
    }
    fn visit_none<E: Error>(self) -> Result<Slot<T>, E> {
        Ok(Slot::Null)
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<Slot<T>, E> {
        Ok(T::flag(flag).map_or(Slot::Wrong(Written::Bool), Slot::Given))
    }
    fn visit_i64<E: Error>(self, int: i64) -> Result<Slot<T>, E> {
        self.visit_i128(int.into())
    }
    fn visit_u64<E: Error>(self, int: u64) -> Result<Slot<T>, E> {
        self.visit_i128(int.into())
    }
    fn visit_i128<E: Error>(self, int: i128) -> Result<Slot<T>, E> {
        Ok(T::int(int).map_or(Slot::Wrong(Written::Number), Slot::Given))
    }
    fn visit_u128<E: Error>(self, _: u128) -> Result<Slot<T>, E> {
        Ok(Slot::Wrong(Written::Number))
    }
    fn visit_f64<E: Error>(self, float: f64) -> Result<Slot<T>, E> {
        Ok(T::float(float).map_or(Slot::Wrong(Written::Number), Slot::Given))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Slot<T>, E> {
        Ok(T::text(text).map_or(Slot::Wrong(Written::Text), Slot::Given))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Slot<T>, A::Error> {
        Ok(T::list(items)?.map_or(Slot::Wrong(Written::List), Slot::Given))
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Slot<T>, A::Error> {
        Ok(T::map(entries)?.map_or(Slot::Wrong(Written::Map), Slot::Given))
    }
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Slot<T>, A::Error> {
        let (_, value): (IgnoredAny, _) = tagged.variant()?;
        serde::de::VariantAccess::newtype_variant::<IgnoredAny>(value)?;
        Ok(Slot::Wrong(Written::Tagged))
    }
}

/// Read and thrown away.
pub(crate) struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Raw<'_> for String {
    const EXPECTED: &'static str = "a text";
    fn text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Raw<'_> for bool {
    const EXPECTED: &'static str = "true or false";
    fn flag(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl Raw<'_> for i128 {
    const EXPECTED: &'static str = "a whole number";
    fn int(int: i128) -> Option<Self> {
        Some(int)
    }
}

/// A list.
impl<'de, T: Raw<'de>> Raw<'de> for Vec<Slot<T>> {
    const EXPECTED: &'static str = "a list";
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        let mut all = Self::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Some(all))
    }
}

/// A map whose keys are the user's own, in the file's order.
#[derive(Debug)]
pub(crate) struct Table<T>(pub Vec<(String, Slot<T>)>);

impl<'de, T: Raw<'de>> Raw<'de> for Table<T> {
    const EXPECTED: &'static str = "a map";
    fn map<A: MapAccess<'de>>(mut entries: A) -> Result<Option<Self>, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(Some(Self(all)))
    }
}

/// One text, or a list of them.
#[derive(Debug)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<Slot<String>>),
}

impl<'de> Raw<'de> for OneOrMore {
    const EXPECTED: &'static str = "a text or a list of texts";
    fn text(text: &str) -> Option<Self> {
        Some(Self::One(text.to_owned()))
    }
    fn list<A: SeqAccess<'de>>(items: A) -> Result<Option<Self>, A::Error> {
        Ok(Vec::list(items)?.map(Self::More))
    }
}

/// Anything: matchers, and the values of parameters. Its `null` is [`Slot::Null`].
#[derive(Debug)]
pub(crate) enum Free {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Slot<Free>>),
    Map(Vec<(String, Slot<Free>)>),
}

impl Free {
    /// What it is, for people.
    pub const fn written(&self) -> Written {
        match self {
            Self::Bool(_) => Written::Bool,
            Self::Int(_) | Self::Float(_) => Written::Number,
            Self::Text(_) => Written::Text,
            Self::List(_) => Written::List,
            Self::Map(_) => Written::Map,
        }
    }
}

impl<'de> Raw<'de> for Free {
    const EXPECTED: &'static str = "a value";
    fn text(text: &str) -> Option<Self> {
        Some(Self::Text(text.to_owned()))
    }
    fn flag(flag: bool) -> Option<Self> {
        Some(Self::Bool(flag))
    }
    fn int(int: i128) -> Option<Self> {
        Some(Self::Int(int))
    }
    fn float(float: f64) -> Option<Self> {
        Some(Self::Float(float))
    }
    fn list<A: SeqAccess<'de>>(items: A) -> Result<Option<Self>, A::Error> {
        Ok(Vec::list(items)?.map(Self::List))
    }
    fn map<A: MapAccess<'de>>(entries: A) -> Result<Option<Self>, A::Error> {
        Ok(Table::map(entries)?.map(|Table(entries)| Self::Map(entries)))
    }
}

/// A block with a closed set of keys.
pub(crate) trait Block {
    /// The keys that it knows.
    const KEYS: &'static [&'static str];
    /// What it is called in messages.
    const NAME: &'static str;
    /// The keys that it doesn't know, as written.
    fn unknown(&self) -> &[String];
}

/// Declares blocks: the type, the list of its keys and its reader from one enumeration.
macro_rules! blocks {
    ($($(#[$doc:meta])* $type:ident $name:literal { $($key:ident $as:literal: $value:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $type {
            $(pub $key: $crate::inventory::raw::Slot<$value>,)*
            pub unknown: Vec<String>,
        }

        impl $crate::inventory::raw::Block for $type {
            const KEYS: &'static [&'static str] = &[$($as),*];
            const NAME: &'static str = $name;
            fn unknown(&self) -> &[String] {
                &self.unknown
            }
        }

        impl<'de> $crate::inventory::raw::Raw<'de> for $type {
            const EXPECTED: &'static str = "a map";
            fn map<A: serde::de::MapAccess<'de>>(mut entries: A) -> Result<Option<Self>, A::Error> {
                let mut block = Self::default();
                while let Some(key) = entries.next_key::<String>()? {
                    match key.as_str() {
                        $($as => block.$key = entries.next_value()?,)*
                        _ => {
                            entries.next_value::<$crate::inventory::raw::Anything>()?;
                            block.unknown.push(key);
                        }
                    }
                }
                Ok(Some(block))
            }
        }
    )*};
}
pub(crate) use blocks;

blocks! {
    /// An inventory file.
    RawInventory "an inventory" {
        version "version": i128,
        target_defaults "target_defaults": RawTarget,
        targets "targets": Table<RawTarget>,
        connectors "connectors": Vec<Slot<RawConnector>>,
        policies "policies": RawPolicies,
        waivers "waivers": String,
    }
    /// A target, or what is the same for all of them.
    RawTarget "a target" {
        account "account": String,
        region "region": String,
        role_arn "role_arn": String,
        role_name "role_name": String,
        profile "profile": String,
        external_id "external_id": String,
        session_name "session_name": String,
        unmanaged "unmanaged": String,
        unmanaged_except "unmanaged_except": Vec<Slot<RawException>>,
        hub "hub": String,
    }
    /// Unmanaged connectors that are another inventory's.
    RawException "an exception" {
        name "name": Free,
        connector_id "connector_id": Free,
    }
    /// A connector.
    RawConnector "a connector" {
        id "id": String,
        target "target": String,
        name "name": String,
        connector_id "connector_id": String,
        connector_arn "connector_arn": String,
        labels "labels": Table<String>,
        expect "expect": Table<Free>,
    }
    /// Policy settings.
    RawPolicies "policies" {
        builtin "builtin": bool,
        paths "paths": Vec<Slot<String>>,
        rules "rules": Vec<Slot<RawRule>>,
    }
    /// The settings of one rule.
    RawRule "a rule's settings" {
        rule "rule": String,
        level "level": String,
        severity "severity": String,
        params "params": Table<Free>,
        selector "match": RawSelector,
    }
    /// Which connectors a setting is for.
    RawSelector "`match`" {
        labels "labels": Table<String>,
        target "target": String,
        provider "provider": String,
    }
    /// A waivers file.
    RawWaivers "a waivers file" {
        version "version": i128,
        waivers "waivers": Vec<Slot<RawWaiver>>,
    }
    /// A waiver.
    RawWaiver "a waiver" {
        rule "rule": OneOrMore,
        drift "drift": String,
        connector "connector": String,
        allow_wildcard "allow_wildcard": bool,
        reason "reason": String,
        owner "owner": String,
        ticket "ticket": String,
        expires "expires": String,
        observed "observed": Free,
    }
}
