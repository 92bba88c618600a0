//! `hubdrift targets`: who and where would be read, before anything is.

use std::{fmt::Write as _, path::PathBuf};

use anstream::ColorChoice;
use hubdrift::{
    audit::code,
    inventory::{Inventory, Target},
    model::{self, Override, Unread, UnreadReason},
    plan, text,
};
use tokio::runtime::Runtime;

use super::{
    failure::{Failure, guarded},
    load, scope,
    source::{self, Aws},
};
use crate::{
    observe::{self, TargetCaller},
    terminal,
};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// The inventory's files.
    pub inventory: Vec<PathBuf>,
    /// Targets to look at; empty for all.
    pub only: Vec<String>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// How AWS is read.
    pub source: Aws,
}

/// Says who and where would be read, and gives the exit code: 1 where that isn't known of each target.
pub fn run(options: &Options) -> u8 {
    match guarded(|| describe(options)) {
        Ok((text, true)) => terminal::answer(&text),
        Ok((text, false)) => {
            terminal::answer(&text);
            code::FAILED
        }
        Err(failure) => failure.end(options.color),
    }
}

/// What there is to say, and whether each target could be read.
fn describe(options: &Options) -> Result<(String, bool), Box<Failure>> {
    let Aws {
        access,
        limits,
        overrides,
        ..
    } = &options.source;
    let inventory = load::inventory(&options.inventory)?;
    // Also of targets in which nothing would be read.
    let plan = plan::plan(&inventory, &options.only, false, true)
        .map_err(|error| Box::new(Failure::new("empty", error.to_string())))?;
    scope::flags_have_effect(overrides, &plan)?;
    let runtime = Runtime::new().map_err(|error| Failure::internal("start the runtime", &error))?;
    let met = runtime.block_on(observe::identify_callers(&plan, access, limits));
    runtime.shutdown_background();
    let mut met = met.map_err(source::inaccessible)?;
    tell_apart(&mut met);
    let mut text = String::new();
    for met in &met {
        let target = target(&inventory, &met.target);
        block(&mut text, met, target, overrides);
    }
    let unreadable = met.iter().filter(|it| it.caller.is_err()).count();
    let all = met.len();
    let noun = if all == 1 { "target" } else { "targets" };
    // Writing to a String can't fail.
    let _ = match unreadable {
        0 => writeln!(text, "{all} {noun}: each would be read as said above"),
        _ => writeln!(
            text,
            "{all} {noun}: {unreadable} can't be read, for the reasons above"
        ),
    };
    Ok((text, unreadable == 0))
}

/// Two targets of one account and region would be one place that is read twice.
fn tell_apart(met: &mut [TargetCaller]) {
    let place = |met: &TargetCaller| {
        let account = met.caller.as_ref().ok().map(|it| it.account.clone());
        (
            account,
            met.region.clone().unwrap_or_else(|| "unknown".to_owned()),
        )
    };
    let places: Vec<_> = met.iter().map(place).collect();
    let pairs = places
        .iter()
        .map(|(account, region)| (account.as_deref(), Some(&**region)));
    for (index, same) in model::same_places(pairs).into_iter().enumerate() {
        let (Some(same), (Some(account), region)) = (same, &places[index]) else {
            continue;
        };
        let other = &met[same].target;
        let message =
            format!("it is the same account and region as target `{other}`: {account} {region}");
        met[index].caller = Err(Unread::new(UnreadReason::WrongAccount, message));
    }
}

fn target<'a>(inventory: &'a Inventory, name: &str) -> Option<&'a Target> {
    inventory.targets.iter().find(|it| it.name == name)
}

/// Writes what there is to say of a target.
fn block(out: &mut String, met: &TargetCaller, target: Option<&Target>, overrides: &[Override]) {
    let region = met.region.as_deref().unwrap_or("unknown");
    let head = match &met.caller {
        Ok(caller) => format!(
            "{} {} {region} as {}",
            met.target,
            caller.account,
            caller
                .arn
                .as_deref()
                .unwrap_or("a caller that is not known")
        ),
        Err(why) => {
            let account = target.and_then(|it| it.account.as_deref());
            let account = account.unwrap_or("unknown");
            let request = why.request_id.as_ref();
            let request = request.map_or_else(String::new, |id| format!(" (request {id})"));
            format!(
                "{} {account} {region} can't be read: {}: {}{request}",
                met.target, why.kind, why.message
            )
        }
    };
    let _ = writeln!(out, "{}", text::no_command(&text::terminal(&head)));
    let mut line = |what: &str, value: &str| {
        let value = text::terminal(value);
        let _ = writeln!(out, "    {:<13} {value}", format!("{what}:"));
    };
    if let Some(from) = &met.credentials {
        line(
            "credentials",
            &with_place(&from.value, &from.from, overrides),
        );
    }
    let role = target.and_then(|it| it.credentials.role_arn.as_deref());
    if let Some(role) = role {
        let place = target
            .and_then(|it| it.place.as_ref())
            .map(ToString::to_string);
        let place = place.unwrap_or_else(|| format!("target `{}`", met.target));
        let no_role = overrides.iter().find(|it| it.setting == "--no-assume-role");
        let aside = no_role.map_or_else(String::new, |set| format!(", left aside ({})", flag(set)));
        line("role", &format!("{role} ({place}){aside}"));
    }
    for (what, set) in &met.settings {
        line(what, &with_place(&set.value, &set.from, overrides));
    }
    let elsewhere =
        |(what, _): &(&str, _)| what.starts_with("endpoint_url") && !what.ends_with("sts");
    if met.credentials.is_some() && !met.settings.iter().any(elsewhere) {
        line("endpoint", "the usual one");
    }
}

/// A value and where it was set: of a flag, the variable that stands for it, if that was it.
fn with_place(value: &str, from: &str, overrides: &[Override]) -> String {
    let set = overrides.iter().find(|it| it.setting == from);
    let from = set.map_or_else(|| from.to_owned(), flag);
    format!("{value} ({from})")
}

/// How an override was set: by the flag as it was typed, or by a variable.
fn flag(set: &Override) -> String {
    match set.from.as_str() {
        Override::COMMAND_LINE => set.setting.clone(),
        variable => variable.to_owned(),
    }
}
