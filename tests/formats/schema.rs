//! As much of JSON Schema as our schemas use; anything else in one is an error, not ignored.

use serde_json::{Map, Value};

/// Panics with the place and the reason when `value` does not hold to `schema`.
pub(crate) fn check(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let root = Checker { definitions: schema["definitions"].as_object() };
    if let Err(problem) = root.check(&schema, value, "$") {
        panic!("{problem}");
    }
}

struct Checker<'a> {
    definitions: Option<&'a Map<String, Value>>,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            self.keyword(keyword, rule, schema, value, at)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        keyword: &str,
        rule: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        let holds = match keyword {
            "$schema" | "$id" | "title" | "description" | "definitions" => true,
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                return self.check(&self.definitions.unwrap()[name], value, at);
            }
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "type" => match rule {
                Value::Array(names) => names.iter().any(|name| is(name, value)),
                name => is(name, value),
            },
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minLength" => {
                value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap())
            }
            "minItems" => {
                value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap())
            }
            "maxItems" => {
                value.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap())
            }
            "required" => rule.as_array().unwrap().iter().all(|name| {
                value.as_object().is_none_or(|object| object.contains_key(name.as_str().unwrap()))
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                assert_eq!(rule, &Value::Bool(false), "the only use of additionalProperties");
                object.keys().all(|key| schema["properties"].get(key).is_some())
            }),
            "properties" => {
                let Some(object) = value.as_object() else { return Ok(()) };
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = object.get(name) {
                        self.check(rule, value, &format!("{at}.{name}"))?;
                    }
                }
                true
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(rule, value, &format!("{at}[{index}]"))?;
                }
                true
            }
            "anyOf" => {
                rule.as_array().unwrap().iter().any(|rule| self.check(rule, value, at).is_ok())
            }
            other => panic!("this checker does not know {other:?}"),
        };
        if holds { Ok(()) } else { Err(format!("{at}: {keyword} {rule} does not allow {value}")) }
    }
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no JSON type is called {other}"),
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schema = r#"{"type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"items": {"type": "string"}}}}"#;
    let fails = |json: &str| {
        let value: Value = serde_json::from_str(json).unwrap();
        std::panic::catch_unwind(|| check(schema, &value)).is_err()
    };
    assert!(!fails(r#"{"a": 1, "b": ["x"]}"#));
    for wrong in [
        r#"{}"#,
        r#"{"a": 0}"#,
        r#"{"a": 1.5}"#,
        r#"{"a": 1, "c": 2}"#,
        r#"{"a": 1, "b": [3]}"#,
        "[]",
    ] {
        assert!(fails(wrong), "{wrong}");
    }
}
