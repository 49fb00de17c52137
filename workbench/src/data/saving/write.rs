//! Any state as a JSON value in which no number is lost.
//!
//! JSON has no NaN and no infinity, and `serde_json` reads some numbers off by their last bit. Those are written as `{"$float": "NaN"}`.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Map, Number, Value};

/// The only member of an object that stands for a number.
pub(super) const MARK: &str = "$float";

/// Writes a value.
pub(super) struct Exact;

fn float(value: f64) -> Value {
    let is_read_back = |number: &Number| {
        let read = serde_json::from_str::<f64>(&number.to_string());
        read.is_ok_and(|read| read.to_bits() == value.to_bits())
    };
    match Number::from_f64(value).filter(is_read_back) {
        Some(number) => Value::Number(number),
        // Rust's own text of a float reads as the same float.
        None => Value::Object([(MARK.to_string(), Value::String(format!("{value:?}")))].into_iter().collect()),
    }
}

fn tagged(variant: &str, value: Value) -> Value {
    Value::Object([(variant.to_string(), value)].into_iter().collect())
}

/// A list in the making, the content of `variant` where it has one.
pub(super) struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl Items {
    fn new(variant: Option<&'static str>, len: usize) -> Self {
        // A length is only a hint.
        Self { variant, items: Vec::with_capacity(len.min(4096)) }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(Exact)?);
        Ok(())
    }

    fn finish(self) -> Value {
        let items = Value::Array(self.items);
        self.variant.map_or(items.clone(), |variant| tagged(variant, items))
    }
}

/// An object in the making.
pub(super) struct Members {
    variant: Option<&'static str>,
    members: Map<String, Value>,
    key: Option<String>,
}

impl Members {
    fn new(variant: Option<&'static str>) -> Self {
        Self { variant, members: Map::new(), key: None }
    }

    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.members.insert(name.to_string(), value.serialize(Exact)?);
        Ok(())
    }

    fn finish(self) -> Value {
        match self.variant {
            Some(variant) => tagged(variant, Value::Object(self.members)),
            None => Value::Object(self.members),
        }
    }
}

macro_rules! whole {
    ($($method:ident $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<Value, Error> {
            Ok(value.into())
        }
    )*};
}

impl Serializer for Exact {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    whole!(serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_str &str);

    fn serialize_f32(self, value: f32) -> Result<Value, Error> {
        Ok(float(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Error> {
        Ok(float(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        Ok(value.to_string().into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Error> {
        Ok(value.to_vec().into())
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(tagged(variant, value.serialize(self)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, Error> {
        Ok(Items::new(None, len.unwrap_or_default()))
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, Error> {
        Ok(Items::new(None, len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Items, Error> {
        Ok(Items::new(None, len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items, Error> {
        Ok(Items::new(Some(variant), len))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Members, Error> {
        Ok(Members::new(None))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Members, Error> {
        Ok(Members::new(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Members, Error> {
        Ok(Members::new(Some(variant)))
    }
}

macro_rules! items {
    ($($form:ident $method:ident),*) => {$(
        impl $form for Items {
            type Ok = Value;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.add(value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.finish())
            }
        }
    )*};
}

items!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field);

macro_rules! members {
    ($($form:ident),*) => {$(
        impl $form for Members {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.add(name, value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.finish())
            }
        }
    )*};
}

members!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Members {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match key.serialize(Exact)? {
            Value::String(key) => self.key = Some(key),
            other => return Err(Error::custom(format!("{other} is no text, so it cannot be a key"))),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| Error::custom("a value without a key"))?;
        self.add(&key, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.finish())
    }
}
