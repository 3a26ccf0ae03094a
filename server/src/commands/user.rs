//! `gantry user`: local accounts from the shell, for the day on which nobody can sign in. A password is never an
//! argument, where every process on the machine could read it: it is asked for, or the first line of standard input.

use std::{
    io::{self, IsTerminal as _, Read as _},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use domain::{
    Clock as _,
    people::{PlatformRole, User},
};
use service::{
    Portal, ServiceError,
    accounts::{NewPerson, PersonCard, everybody, operator},
};

use super::BAD_INPUT;
use crate::{config::Config, database::Database, serve, sources::SystemClock};

#[derive(clap::Subcommand)]
pub enum Account {
    /// Lists everybody with an account
    List,
    #[command(flatten)]
    Change(Change),
}

#[derive(clap::Subcommand)]
pub enum Change {
    /// Makes an account and reads its password
    Add {
        /// The e-mail address to sign in with
        email: String,
        /// As shown to others
        #[arg(long)]
        name: String,
        /// Across teams: platform, auditor or admin
        #[arg(long)]
        role: Option<PlatformRole>,
        /// Without a password: for those who will sign in another way
        #[arg(long)]
        no_password: bool,
    },
    /// Shuts an account; whoever uses it is out with their next click
    Disable {
        /// The e-mail address
        email: String,
    },
    /// Opens an account again
    Enable {
        /// The e-mail address
        email: String,
    },
    /// Reads a new password for an account
    ResetPassword {
        /// The e-mail address
        email: String,
    },
    /// Gives a role across teams, or takes it
    Role {
        /// The e-mail address
        email: String,
        /// platform, auditor, admin, or none
        #[arg(value_parser = role)]
        role: RoleOrNone,
    },
}

type RoleOrNone = Option<PlatformRole>;

fn role(text: &str) -> Result<RoleOrNone, String> {
    if text == "none" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "write platform, auditor, admin, or none".to_owned())
}

impl Account {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::List => list(&config).await,
            Self::Change(change) => change.run(config).await,
        }
    }
}

/// Leaves the database as it is.
async fn list(config: &Config) -> anyhow::Result<ExitCode> {
    let database = Database::open_as_is(config).await?;
    let people = everybody(&*database.storage(), SystemClock.now()).await;
    database.close().await;
    println!("{}", table(&people?));
    Ok(ExitCode::SUCCESS)
}

impl Change {
    async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        // Before anything is opened: whoever types should not hold the database meanwhile.
        let password = match &self {
            Self::Add { no_password: false, .. } | Self::ResetPassword { .. } => Some(read_password()?),
            _ => None,
        };
        let (portal, storage) = serve::portal(&config).await?;
        let outcome = self.carry_out(&portal, password).await;
        storage.close().await;
        match outcome {
            Ok(said) => {
                println!("{said}");
                Ok(ExitCode::SUCCESS)
            }
            Err(Refused::Input(sentences)) => {
                sentences.iter().for_each(|sentence| eprintln!("{sentence}"));
                Ok(ExitCode::from(BAD_INPUT))
            }
            Err(Refused::Failed(error)) => Err(error.into()),
        }
    }

    async fn carry_out(self, portal: &Portal, password: Option<String>) -> Result<String, Refused> {
        let by = operator();
        Ok(match self {
            Self::Add { email, name, role, .. } => {
                let user = portal.add_person(&by, NewPerson { name, email, role, password }).await?;
                format!("{} has an account ({}).", user.email, user.id)
            }
            Self::Disable { email } => {
                let user = find(portal, &email).await?;
                portal.set_disabled(&by, &user.id, true).await?;
                format!("{} may not sign in any more.", user.email)
            }
            Self::Enable { email } => {
                let user = find(portal, &email).await?;
                portal.set_disabled(&by, &user.id, false).await?;
                format!("{} may sign in.", user.email)
            }
            Self::ResetPassword { email } => {
                let user = find(portal, &email).await?;
                portal.set_password(&by, &user.id, &password.unwrap_or_default()).await?;
                format!("{} has a new password.", user.email)
            }
            Self::Role { email, role } => {
                let user = find(portal, &email).await?;
                portal.set_platform_role(&by, &user.id, role).await?;
                match role {
                    Some(role) => format!("{} is {role} across teams.", user.email),
                    None => format!("{} has no role across teams.", user.email),
                }
            }
        })
    }
}

/// Why not.
enum Refused {
    /// What was typed is wrong.
    Input(Vec<String>),
    /// Something else is.
    Failed(ServiceError),
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Invalid(problems) => {
                Self::Input(problems.into_iter().map(|problem| problem.message).collect())
            }
            ServiceError::Conflict { message, .. } => Self::Input(vec![message]),
            other => Self::Failed(other),
        }
    }
}

async fn find(portal: &Portal, email: &str) -> Result<User, Refused> {
    let user = portal.person_by_email(&operator(), email).await?;
    user.ok_or_else(|| Refused::Input(vec![format!("Nobody has an account with the e-mail address {email}.")]))
}

/// Twice from a terminal, where nothing is shown; else the first line.
fn read_password() -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("the password could not be read")?;
        if rpassword::prompt_password("Once more: ").context("the password could not be read")? != password {
            bail!("the two passwords differ; nothing was changed");
        }
        return Ok(password);
    }
    let mut text = String::new();
    io::stdin().take(4096).read_to_string(&mut text).context("the password could not be read from standard input")?;
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => bail!("no password came on standard input; type it at a terminal, or pipe it in"),
    }
}

fn table(people: &[PersonCard]) -> String {
    let rows: Vec<[String; 4]> = people
        .iter()
        .map(|PersonCard { account, teams, .. }| {
            let user = &account.user;
            let across = user.platform_role.map(|role| role.to_string());
            let teams = teams.iter().map(|(team, role)| format!("{role} of {}", team.name));
            let roles: Vec<_> = across.into_iter().chain(teams).collect();
            let state = match (user.disabled, account.has_password) {
                (true, _) => "disabled",
                (false, true) => "",
                (false, false) => "no password",
            };
            [user.email.clone(), user.name.clone(), roles.join(", "), state.to_owned()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let lines = rows.iter().map(|[email, name, roles, state]| {
        let [first, second, third] = widths;
        format!("{email:first$}  {name:second$}  {roles:third$}  {state}").trim_end().to_owned()
    });
    match rows.is_empty() {
        true => "Nobody has an account yet.".to_owned(),
        false => lines.collect::<Vec<_>>().join("\n"),
    }
}
