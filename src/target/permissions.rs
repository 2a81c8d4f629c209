//! What stands between us and another process's memory, and the exact command that helps.
//!
//! The kernel's rules are those of `PTRACE_MODE_ATTACH_REALCREDS` (ptrace(2)): the same user and a
//! dumpable process, or `CAP_SYS_PTRACE`; then Yama's `ptrace_scope` may narrow it further.

mod situation;

pub use situation::{Container, Situation, TargetSituation};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at: `user`, `ptrace_scope`.
    pub subject: &'static str,
    /// What was found.
    pub verdict: Verdict,
    /// What was found, as a clause.
    pub found: String,
    /// What helps, when it stands in the way: exact commands or settings, best first.
    pub remedies: Vec<Remedy>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Does not stand in the way.
    Fine,
    /// May stand in the way of some processes, or could not be told.
    Limited,
    /// Stands in the way.
    Blocked,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What it does, as a clause: `with root's rights`.
    pub what: &'static str,
    /// The command or setting, ready to be copied.
    pub command: String,
}

impl Check {
    fn new(subject: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { subject, verdict, found: found.into(), remedies: Vec::new() }
    }

    fn remedy(mut self, what: &'static str, command: impl Into<String>) -> Self {
        self.remedies.push(Remedy { what, command: command.into() });
        self
    }

    fn remedies(mut self, remedies: Vec<Remedy>) -> Self {
        self.remedies.extend(remedies);
        self
    }
}

impl Situation {
    /// What of this machine and process, or of the target, decides whether it can be read.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.check_kernel(), self.check_scope(), self.check_capability()];
        checks.extend(self.check_container());
        if let Some(target) = &self.target {
            checks.push(self.check_user(target));
            checks.push(self.check_rights(target));
            checks.push(self.check_dumpable(target));
            checks.extend(self.check_tracer(target));
            checks.extend(self.check_namespace(target));
        }
        checks
    }

    fn check_kernel(&self) -> Check {
        let subject = "memory reads";
        if self.reads_own_memory {
            return Check::new(subject, Verdict::Fine, "process_vm_readv works");
        }
        let found = "process_vm_readv is refused even on this process: a seccomp filter or a \
                     kernel without it";
        let mut remedies = self.container_remedies();
        if remedies.is_empty() {
            let command = self.attach_command();
            remedies.push(Remedy { what: "outside of the sandbox that filters", command });
        }
        Check::new(subject, Verdict::Blocked, found).remedies(remedies)
    }

    fn check_scope(&self) -> Check {
        let subject = "ptrace_scope";
        let Some(scope) = self.ptrace_scope else {
            return Check::new(subject, Verdict::Fine, "not restricted (no Yama in this kernel)");
        };
        let lift = || Remedy {
            what: "lift the restriction until the next start",
            command: "sudo sysctl kernel.yama.ptrace_scope=0".into(),
        };
        match scope {
            0 => Check::new(subject, Verdict::Fine, "0: processes of the same user"),
            1 if self.may_trace_any => {
                Check::new(subject, Verdict::Fine, "1: only children, but CAP_SYS_PTRACE overrides")
            }
            1 if self.target.as_ref().is_some_and(|target| target.is_descendant) => {
                Check::new(subject, Verdict::Fine, "1: only children, and the process is one")
            }
            1 => {
                let verdict = self.blocked_if_targeted();
                Check::new(subject, verdict, "1: only processes that unslow itself starts")
                    .remedies(vec![self.as_root(), lift(), start_it()])
            }
            2 if self.may_trace_any => Check::new(subject, Verdict::Fine, "2: CAP_SYS_PTRACE only"),
            2 => Check::new(subject, Verdict::Blocked, "2: only with CAP_SYS_PTRACE")
                .remedies(vec![self.as_root(), lift()]),
            scope => {
                let found = format!("{scope}: nobody, and it cannot be lowered while running");
                Check::new(subject, Verdict::Blocked, found).remedy(
                    "remove the setting and restart the machine",
                    "grep -rl ptrace_scope /etc/sysctl.conf /etc/sysctl.d",
                )
            }
        }
    }

    fn check_capability(&self) -> Check {
        let subject = "CAP_SYS_PTRACE";
        if self.may_trace_any {
            return Check::new(subject, Verdict::Fine, "held: processes of any user");
        }
        let found = "not held: own processes only";
        Check::new(subject, Verdict::Limited, found).remedies(if self.container.is_some() {
            self.container_remedies()
        } else {
            vec![]
        })
    }

    fn check_container(&self) -> Option<Check> {
        let container = self.container?;
        let subject = "container";
        let found = format!("unslow runs inside {}", container.article());
        if self.may_trace_any {
            return Some(Check::new(subject, Verdict::Fine, found));
        }
        Some(Check::new(subject, Verdict::Limited, found).remedies(self.container_remedies()))
    }

    fn check_user(&self, target: &TargetSituation) -> Check {
        let subject = "user";
        if target.users.iter().all(|&user| user == self.user) {
            return Check::new(subject, Verdict::Fine, "the process is of the same user");
        }
        let found = format!("the process is of user {}, unslow of {}", target.users[0], self.user);
        if self.may_trace_any {
            return Check::new(subject, Verdict::Fine, found + ", and CAP_SYS_PTRACE overrides");
        }
        let mut remedies = vec![self.as_root()];
        if target.users[0] != 0 {
            let command = format!("sudo -u '#{}' {}", target.users[0], self.attach_command());
            remedies.push(Remedy { what: "as the process's user", command });
        }
        Check::new(subject, Verdict::Blocked, found).remedies(remedies)
    }

    fn check_rights(&self, target: &TargetSituation) -> Check {
        let subject = "rights";
        if target.rights & !self.rights == 0 {
            return Check::new(subject, Verdict::Fine, "the process has none that unslow lacks");
        }
        let found = "the process has capabilities that unslow lacks";
        if self.may_trace_any {
            let found = format!("{found}, and CAP_SYS_PTRACE overrides");
            return Check::new(subject, Verdict::Fine, found);
        }
        Check::new(subject, Verdict::Blocked, found).remedies(vec![self.as_root()])
    }

    /// What to say when the system refused and none of the checks tells why.
    pub fn unexplained(&self) -> Check {
        let found = "refused for no reason that unslow can tell; a security module (AppArmor, SELinux), \
                     a sandbox or another user namespace may be in the way";
        // Who may trace any process has no more to gain from being root.
        let remedies = if self.may_trace_any { Vec::new() } else { vec![self.as_root()] };
        Check::new("permission", Verdict::Blocked, found).remedies(remedies)
    }

    fn check_dumpable(&self, target: &TargetSituation) -> Check {
        let subject = "dumpable";
        match (target.dumpable, self.may_trace_any) {
            (true, _) => Check::new(subject, Verdict::Fine, "the process does not hide its memory"),
            (false, true) => Check::new(
                subject,
                Verdict::Fine,
                "the process hides its memory, and CAP_SYS_PTRACE overrides",
            ),
            (false, false) => Check::new(
                subject,
                Verdict::Blocked,
                "the process hides its memory (it changed its user, or its file is not readable)",
            )
            .remedies(vec![self.as_root()]),
        }
    }

    /// Only one at a time may trace a process; reading it is open to all.
    fn check_tracer(&self, target: &TargetSituation) -> Option<Check> {
        let found = format!("process {} traces it, so --exact cannot stop it", target.tracer?);
        Some(Check::new("tracer", Verdict::Limited, found))
    }

    fn check_namespace(&self, target: &TargetSituation) -> Option<Check> {
        let pid_inside = target.pid_inside?;
        let found = format!("the process runs in a container, where its id is {pid_inside}");
        Some(Check::new("namespace", Verdict::Fine, found))
    }

    /// A restriction that matters only to processes that are not our children.
    fn blocked_if_targeted(&self) -> Verdict {
        if self.target.is_some() { Verdict::Blocked } else { Verdict::Limited }
    }

    fn as_root(&self) -> Remedy {
        Remedy { what: "with root's rights", command: format!("sudo {}", self.attach_command()) }
    }

    fn attach_command(&self) -> String {
        let pid = self.target.as_ref().map_or("PID".to_owned(), |target| target.pid.to_string());
        format!("{} attach {pid}", self.unslow)
    }

    fn container_remedies(&self) -> Vec<Remedy> {
        let remedy = |what, command: &str| Remedy { what, command: command.into() };
        let run = |engine: &str| {
            remedy(
                "start the container with the capability",
                &format!("{engine} run --cap-add SYS_PTRACE ..."),
            )
        };
        match self.container {
            Some(Container::Kubernetes) => vec![
                remedy(
                    "in the pod's container spec",
                    r#"securityContext: {capabilities: {add: ["SYS_PTRACE"]}}"#,
                ),
                remedy(
                    "beside the running container",
                    "kubectl debug -it POD --image=IMAGE --target=CONTAINER --profile=general",
                ),
            ],
            Some(Container::Docker) => vec![run("docker")],
            Some(Container::Podman) => vec![run("podman")],
            Some(Container::Other) | None => Vec::new(),
        }
    }
}

fn start_it() -> Remedy {
    Remedy { what: "start the program with unslow", command: "unslow run PROGRAM ...".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Situation {
        Situation {
            unslow: "/opt/unslow".into(),
            reads_own_memory: true,
            ptrace_scope: Some(0),
            may_trace_any: false,
            rights: 0,
            user: 1000,
            container: None,
            target: Some(TargetSituation {
                pid: 42,
                users: [1000; 3],
                rights: 0,
                dumpable: true,
                is_descendant: false,
                tracer: None,
                pid_inside: None,
            }),
        }
    }

    fn with_target(change: impl Fn(&mut TargetSituation)) -> Situation {
        let mut situation = ours();
        change(situation.target.as_mut().expect("a target"));
        situation
    }

    /// What stands in the way, with the commands that help.
    fn blocked(situation: &Situation) -> Vec<(&'static str, Vec<String>)> {
        (situation.checks().into_iter())
            .filter(|check| check.verdict == Verdict::Blocked)
            .map(|check| (check.subject, check.remedies.into_iter().map(|r| r.command).collect()))
            .collect()
    }

    #[test]
    fn nothing_stands_in_the_way_of_ones_own_process() {
        assert_eq!(blocked(&ours()), []);
    }

    #[test]
    fn each_scope_has_its_own_remedies() {
        let scope = |scope| Situation { ptrace_scope: scope, ..ours() };
        let root = "sudo /opt/unslow attach 42".to_owned();
        let lift = "sudo sysctl kernel.yama.ptrace_scope=0".to_owned();
        assert_eq!(blocked(&scope(None)), []);
        assert_eq!(
            blocked(&scope(Some(1))),
            [(
                "ptrace_scope",
                vec![root.clone(), lift.clone(), "unslow run PROGRAM ...".to_owned()]
            )]
        );
        assert_eq!(blocked(&scope(Some(2))), [("ptrace_scope", vec![root, lift])]);
        let never = blocked(&scope(Some(3)));
        assert!(!never[0].1[0].contains("sysctl kernel"), "it cannot be lowered: {never:?}");
    }

    #[test]
    fn a_scope_of_1_lets_our_own_children_be_read() {
        let mut child = with_target(|target| target.is_descendant = true);
        child.ptrace_scope = Some(1);
        assert_eq!(blocked(&child), []);
        child.ptrace_scope = Some(2);
        assert_eq!(blocked(&child).len(), 1);
    }

    #[test]
    fn another_users_process_needs_that_user_or_root() {
        let other = with_target(|target| target.users = [33; 3]);
        let commands = ["sudo /opt/unslow attach 42", "sudo -u '#33' /opt/unslow attach 42"];
        assert_eq!(blocked(&other), [("user", commands.map(String::from).to_vec())]);
        let setuid = with_target(|target| target.users = [1000, 0, 0]);
        assert_eq!(blocked(&setuid)[0].0, "user");
    }

    #[test]
    fn a_process_that_hides_its_memory_needs_root() {
        let hidden = with_target(|target| target.dumpable = false);
        assert_eq!(blocked(&hidden)[0].0, "dumpable");
    }

    #[test]
    fn a_debugger_stands_in_the_way_of_exactness_only() {
        let traced = with_target(|target| target.tracer = Some(7));
        assert_eq!(blocked(&traced), []);
        let check = traced.checks().into_iter().find(|check| check.subject == "tracer");
        let found = check.expect("it is told of").found;
        assert_eq!(found, "process 7 traces it, so --exact cannot stop it");
    }

    #[test]
    fn a_process_with_more_rights_needs_root() {
        let mightier = with_target(|target| target.rights = 0b101);
        assert_eq!(blocked(&mightier)[0].0, "rights");
        let mut equal = mightier;
        equal.rights = 0b111;
        assert_eq!(blocked(&equal), []);
    }

    #[test]
    fn the_capability_overrides_all_but_scope_3() {
        let mut worst = with_target(|target| {
            target.users = [33; 3];
            target.rights = 1;
            target.dumpable = false;
        });
        worst.may_trace_any = true;
        for scope in [Some(1), Some(2), None] {
            worst.ptrace_scope = scope;
            assert_eq!(blocked(&worst), []);
        }
        worst.ptrace_scope = Some(3);
        assert_eq!(blocked(&worst)[0].0, "ptrace_scope");
    }

    #[test]
    fn a_filter_in_a_container_is_lifted_by_its_engine() {
        let filtered =
            |container| Situation { reads_own_memory: false, container: Some(container), ..ours() };
        let first = |container| blocked(&filtered(container))[0].1[0].clone();
        assert_eq!(first(Container::Docker), "docker run --cap-add SYS_PTRACE ...");
        assert_eq!(first(Container::Podman), "podman run --cap-add SYS_PTRACE ...");
        assert!(first(Container::Kubernetes).starts_with("securityContext"));
        assert_eq!(first(Container::Other), "/opt/unslow attach 42");
    }

    #[test]
    fn what_is_found_here_can_be_told_without_a_target() {
        let here = Situation::of_machine(true);
        assert!(here.target.is_none());
        assert!(here.checks().iter().all(|check| !check.found.is_empty()));
        let with_target = here.with_target(std::process::id()).expect("this process");
        let target = with_target.target.expect("a target");
        assert!(!target.is_descendant && target.dumpable);
    }
}
