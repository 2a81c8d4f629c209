use super::*;

fn read(table: &str) -> Settings {
    let text = format!("[project]\nname = \"shop\"\n\n[tool.unslow]\n{table}");
    settings(&text, Path::new("/srv/shop")).expect("fine").expect("a table")
}

fn refused(table: &str) -> String {
    let text = format!("[tool.unslow]\n{table}");
    settings(&text, Path::new("/")).expect_err(table).to_string()
}

#[test]
fn a_project_says_what_it_wants() {
    let settings = read(
        "select = [\"list-membership\", \"list-pop0\"]\nignore = [\"list-pop0\"]\n\
         per-file-ignores = {\"tests\" = [\"list-membership\"]}\npaths = [\"src\", \"tests\"]\n\
         min-saving = \"2.5 %\"\nmin-share = \"5%\"\nfail-on = [\"saving>10%\"]\nbaseline = \"known.json\"\n\
         without-values = true\n",
    );
    let rules = &settings.rules;
    let against =
        |advisor: &str, file: &str| rules.setting_against(advisor, file, Some("/srv/shop/src"));
    assert_eq!(against("list-membership", "etl.py"), None);
    assert_eq!(against("list-membership", "/srv/shop/src/etl.py"), None);
    assert_eq!(against("list-membership", "/srv/shop/tests/etl.py"), Some("per-file-ignores"));
    assert_eq!(against("list-pop0", "etl.py"), Some("ignore"));
    assert_eq!(against("float-equality", "etl.py"), Some("select"));
    assert_eq!((rules.least_saving, rules.least_share), (0.025, 0.05));
    assert_eq!(settings.fail_on, ["saving>10%"]);
    assert!(settings.without_values);
    assert_eq!(settings.baseline.as_deref(), Some(Path::new("/srv/shop/known.json")));
}

#[test]
fn what_is_mine_is_told_by_the_projects_folder_or_the_programs() {
    let rules = read("paths = [\"src\"]").rules;
    assert_eq!(rules.is_mine("/srv/shop/src/etl.py", Some("/tmp")), Some(true));
    assert_eq!(rules.is_mine("src/etl.py", Some("/home/ci/build")), Some(true), "ran elsewhere");
    assert_eq!(rules.is_mine("/srv/shop/tools/etl.py", None), Some(false));
    assert_eq!(Rules::default().is_mine("etl.py", None), None);
}

#[test]
fn what_is_wrong_is_said_with_what_was_meant() {
    for (table, said) in [
        ("selct = []", "tool.unslow: there is no setting \"selct\"; did you mean select?"),
        ("mine = []", "tool.unslow: there is no setting \"mine\"; did you mean paths?"),
        (
            "thresholds = {}",
            "tool.unslow: there is no setting \"thresholds\"; did you mean min-saving?",
        ),
        (
            "ignore = [\"list-memebrship\"]",
            "ignore: there is no advisor \"list-memebrship\"; did you mean list-membership?",
        ),
        (
            "per-file-ignores = {\"a\" = [\"xyzzy\"]}",
            "per-file-ignores: there is no advisor \"xyzzy\"",
        ),
        (
            "select = \"list-pop0\"",
            "select: expected a list of advisors, such as [\"list-membership\"]",
        ),
        ("paths = []", "paths: expected a list of patterns, such as [\"src\", \"jobs/*.py\"]"),
        (
            "paths = [\"../x\"]",
            "paths: \"../x\" leaves the project; patterns are relative to the folder of pyproject.toml",
        ),
        ("without-values = 1", "without-values: expected true or false"),
        ("min-share = 5", "min-share: expected a percentage as text, such as \"2%\""),
        ("min-share = \"500%\"", "min-share: expected a percentage as text, such as \"2%\""),
    ] {
        assert_eq!(refused(table), said);
    }
    assert!(refused("x = =").starts_with("not TOML: line 2: "), "{}", refused("x = ="));
}

#[test]
fn other_projects_are_none_of_our_business() {
    assert_eq!(settings("[tool.ruff]\nselect = []", Path::new("/")).expect("fine"), None);
    assert!(is_meant("[tool.unslow]") && !is_meant("[tool.ruff]\nbroken ="));
}
