//! A state out of what [`write`](super::write) made of it.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value};

use super::write::MARK;

/// Reads a value, the marked numbers as the numbers they stand for.
pub(super) struct Exact(pub(super) Value);

/// The value in `deserializer`, its marked numbers marked again.
pub(super) fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    struct Raw(Value);
    struct AnyValue;

    impl<'de> Deserialize<'de> for Raw {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(AnyValue).map(Raw)
        }
    }

    impl<'de> Visitor<'de> for AnyValue {
        type Value = Value;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a saved step")
        }

        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
            use serde::Serialize;
            value.serialize(super::write::Exact).map_err(E::custom)
        }

        fn visit_str<E>(self, value: &str) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
            let mut values = Vec::new();
            while let Some(Raw(value)) = items.next_element()? {
                values.push(value);
            }
            Ok(Value::Array(values))
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
            let mut values = Map::new();
            while let Some((name, Raw(value))) = members.next_entry()? {
                values.insert(name, value);
            }
            Ok(Value::Object(values))
        }
    }

    deserializer.deserialize_any(AnyValue)
}

/// The number that `members` stand for, if they do.
fn marked(members: &Map<String, Value>) -> Option<f64> {
    let text = members.get(MARK).filter(|_| members.len() == 1)?.as_str()?;
    text.parse().ok()
}

impl<'de> IntoDeserializer<'de, Error> for Exact {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

type Entries = Vec<(String, Exact)>;

fn entries(members: Map<String, Value>) -> Entries {
    members.into_iter().map(|(name, value)| (name, Exact(value))).collect()
}

impl<'de> Deserializer<'de> for Exact {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::<_, Error>::new(items.into_iter().map(Exact));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => match marked(&members) {
                Some(number) => visitor.visit_f64(number),
                None => visitor.visit_map(MapDeserializer::<_, Error>::new(entries(members).into_iter())),
            },
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(variant) => {
                let variant: StringDeserializer<Error> = variant.into_deserializer();
                visitor.visit_enum(variant)
            }
            Value::Object(members) => {
                let members = MapDeserializer::<_, Error>::new(entries(members).into_iter());
                visitor.visit_enum(MapAccessDeserializer::new(members))
            }
            other => other.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
