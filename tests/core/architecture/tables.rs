//! The walls as tables: what may know what, and what may be named where.

/// For each module of the library the modules it may import, in the order data flows.
/// An edge points to a module further up, so that there are no circles.
pub(super) const ALLOWED: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("recent", &[]),
    ("model", &[]),
    ("facts", &["model"]),
    ("problem", &["model", "text"]),
    ("wire", &["model"]),
    ("matcher", &["model"]),
    ("yaml", &["model", "problem", "text"]),
    (
        "inventory",
        &["facts", "matcher", "model", "problem", "text", "yaml"],
    ),
    ("plan", &["inventory", "model"]),
    ("observed", &["inventory", "model", "plan", "wire"]),
    ("diff", &["facts", "inventory", "matcher", "model", "wire"]),
    (
        "policy",
        &[
            "diff",
            "facts",
            "inventory",
            "matcher",
            "model",
            "problem",
            "recent",
            "text",
            "yaml",
        ],
    ),
    (
        "waiver",
        &["facts", "matcher", "model", "problem", "text", "yaml"],
    ),
    (
        "audit",
        &[
            "diff",
            "facts",
            "inventory",
            "matcher",
            "model",
            "plan",
            "policy",
            "recent",
            "text",
            "waiver",
        ],
    ),
    (
        "saved",
        &["audit", "inventory", "model", "plan", "policy", "waiver"],
    ),
    (
        "report",
        &[
            "audit", "diff", "model", "policy", "saved", "text", "waiver",
        ],
    ),
    (
        "schema",
        &[
            "audit",
            "facts",
            "inventory",
            "model",
            "observed",
            "report",
            "waiver",
            "wire",
            "yaml",
        ],
    ),
];

/// What no file of the library may name, and the files that may all the same.
pub(super) const BANNED_IN_LIBRARY: &[(&str, &[&str])] = &[
    ("std::fs", &[]),
    ("std::env", &[]),
    ("std::net", &[]),
    ("std::process", &[]),
    // The formatter of serde_json writes into its buffer through this.
    ("std::io", &["report/common/json_text.rs"]),
    ("tokio", &[]),
    ("async ", &[]),
    ("SystemTime", &[]),
    ("Timestamp::now", &[]),
    ("Zoned::now", &[]),
    // The deadline of a rule is the one clock of the core.
    ("Instant", &["policy/language/meter.rs"]),
    ("rhai", &["policy.rs", "policy/"]),
    // One reader of YAML, in one place.
    ("granit_parser", &["yaml/scan.rs"]),
    ("println!", &[]),
    ("dbg!", &[]),
];

/// What only these files of the binary may name.
pub(super) const ONLY_IN_BINARY: &[(&str, &[&str])] = &[
    ("aws_", &["observe.rs", "observe/", "emulator/sigv4.rs"]),
    // Of all that, the emulator computes signatures, and nothing else.
    ("aws_sigv4", &["emulator/sigv4.rs"]),
    ("aws_config", &["observe.rs", "observe/"]),
    ("aws_sdk", &["observe.rs", "observe/"]),
    ("aws_smithy", &["observe.rs", "observe/"]),
    ("hyper", &["emulator.rs", "emulator/"]),
    ("clap", &["args.rs", "args/", "main.rs"]),
    ("rhai::", &[]),
    ("granit_parser", &[]),
    // One clock value for a run; what is asked of AWS, or served in its place, has times of its own.
    ("Timestamp::now", &["clock.rs", "observe/", "emulator/"]),
];

/// Texts that stand in the code of these files of `src` alone, quotes included.
pub(super) const WRITTEN_ONCE: &[(&[&str], &[&str])] = &[
    // Keys of the API's JSON: wire reads and writes them, the emulator is the API.
    (
        &[
            "ConnectorArn",
            "KmsKeyArn",
            "CreatedAt",
            "LastUpdatedAt",
            "EnablementStatusReason",
            "LastCheckedAt",
            "ProviderDetail",
            "JiraCloud",
            "ServiceNow",
            "CloudId",
            "ProjectKey",
            "AuthUrl",
            "AuthStatus",
            "InstanceName",
            "SecretArn",
            "AWSConfigConnectorArn",
            "ScopeConfiguration",
            "ScopeValues",
            "AzureRegions",
            "GCPRegions",
            "NextToken",
            "ResponseMetadata",
            "SDK_UNKNOWN_MEMBER",
            "HTTPHeaders",
        ],
        &["wire/", "bin/hubdrift/emulator/"],
    ),
    // The same, which are names of the API's enums as well.
    (
        &["EnablementStatus", "ConnectorStatus", "ScopeType"],
        &["wire/", "bin/hubdrift/emulator/", "facts/enums.rs"],
    ),
    (
        &["JIRA_CLOUD", "SERVICENOW", "AZURE"],
        &["model/provider.rs", "bin/hubdrift/emulator/"],
    ),
    (
        &[
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
            "aws-eusc",
        ],
        &["model/region.rs"],
    ),
];

/// Folders of the library whose files may not name those of the others.
pub(super) const ONE_WAY: &[(&str, &[&str])] = &[
    ("policy/language", &["policy/run", "policy/authoring"]),
    ("policy/run", &["policy/authoring"]),
    ("report/common", FORMATS),
];

/// The formats, none of which names another.
pub(super) const FORMATS: &[&str] = &[
    "report/text",
    "report/json",
    "report/junit",
    "report/sarif",
    "report/markdown",
    "report/html",
    "report/github",
    "report/gitlab",
    "report/ocsf",
    "report/prometheus",
];

/// What reads settings is given the environment and the files: its tests need neither.
pub(super) const BANNED_IN_SETTINGS: &[(&str, &[&str])] = &[
    ("std::fs", &[]),
    ("std::env", &[]),
    ("std::process", &[]),
    ("std::net::Tcp", &[]),
    ("tokio", &[]),
    ("aws_config", &[]),
    ("aws_sdk", &[]),
    ("aws_smithy", &[]),
];
