//! Recordings of too few samples for shares and savings.

use serde_json::Value;
use unslow::advise::{Advice, Unlooked};
use unslow::profile::{Count, Profile};
use unslow::report::View;

use crate::fixture::{orders, text};
use crate::{as_text, schema};

/// Of the orders, a dozen samples.
fn dozen() -> (Profile, Advice) {
    let (mut profile, mut advice) = orders();
    profile.counts = vec![Count { samples: 12, ..profile.counts[0] }];
    profile.timing.sweeps = 12;
    advice.findings[0].heat.samples = 11;
    (profile, advice)
}

/// A share of a dozen samples would be one more that is right by chance.
#[test]
fn of_too_few_samples_no_shares_are_told() {
    let mut of = dozen();
    of.1.findings.truncate(2);
    for name in ["text", "markdown", "github", "junit"] {
        let told = as_text(name, &of, &View::default());
        let is_share = |wrong: &str| told.contains(wrong);
        assert!(
            !is_share("78 %") && !is_share("76-79") && !is_share("Saves about"),
            "{name}: {told}"
        );
        let counted = name == "junit" || told.contains("11 of 12 samples");
        let saved = told.contains("Too few samples to say how much it saves");
        assert!(counted && saved, "{name}: {told}");
    }
    let (mut profile, advice) = of;
    profile.counts[0].samples = 1;
    let text = as_text("text", &(profile, advice), &View::default());
    assert!(text.contains("Where the time went (1 busy sample"), "{text}");
    assert!(text.contains("1 of 1"), "{text}");
}

#[test]
fn that_a_file_was_not_looked_at_is_said_of_few_samples_too() {
    let told = |unlooked: Vec<Unlooked>| {
        let advice = Advice { unlooked, ..Advice::default() };
        as_text("text", &(dozen().0, advice), &View::default())
    };
    let changed = Unlooked {
        what: text("etl.py"),
        why: "the file was changed since the program loaded it".to_owned(),
        share: Some(1.0),
    };
    let said = "too few samples to say, and hot sources were not looked at";
    assert!(told(vec![changed]).contains(said));
    let none = told(Vec::new());
    assert!(none.contains("too few samples to say") && !none.contains(said), "{none}");
}

/// A program that reads them would take a figure for what the report does not claim.
#[test]
fn nor_are_they_in_what_programs_read() {
    let of = dozen();
    let json: Value = serde_json::from_str(&as_text("json", &of, &View::default())).expect("JSON");
    schema::check(include_str!("../../schemas/findings.json"), &json);
    let findings = json["findings"].as_array().expect("a list");
    for finding in findings {
        for share in ["share", "share_low", "share_high", "self_share"] {
            assert!(finding[share].is_null(), "{share}: {finding}");
        }
    }
    for figure in ["saved", "saved_low", "saved_high", "speedup", "low", "high"] {
        assert!(findings[0]["gain"][figure].is_null(), "{figure}: {}", findings[0]);
    }
    assert_eq!(findings[0]["gain"]["basis"], "none");
    assert!(findings[2]["evidence"][0]["share"].is_null(), "{}", findings[2]);
    let sarif: Value =
        serde_json::from_str(&as_text("sarif", &of, &View::default())).expect("JSON");
    schema::check(include_str!("sarif.schema.json"), &sarif);
    for result in sarif["runs"][0]["results"].as_array().expect("a list") {
        assert!(result.get("rank").is_none(), "{result}");
        assert_eq!(result["properties"], serde_json::json!({}), "{result}");
    }
}
