//! A new account.

use domain::{
    authz::{Action, Object, may},
    ids::UserId,
    people::{Actor, PlatformRole, User},
};
use storage::{Credential, StorageError};

use super::{canonical_email, email_problem, name_problem, passwords};
use crate::{Portal, Result, ServiceError};

/// Who will have the account.
#[derive(Clone)]
pub struct NewPerson {
    /// As shown.
    pub name: String,
    /// What one signs in with.
    pub email: String,
    /// Across teams.
    pub role: Option<PlatformRole>,
    /// In clear; without one nobody can sign in with a password.
    pub password: Option<String>,
}

impl Portal {
    /// Makes the account. Problems have the paths `name`, `email` and `password`.
    pub async fn add_person(&self, actor: &Actor, new: NewPerson) -> Result<User> {
        may(actor, Action::ManagePeople, Object::default())?;
        let (name, email) = (new.name.trim().to_owned(), canonical_email(&new.email));
        let mut problems = vec![];
        problems.extend(name_problem("name", &name));
        problems.extend(email_problem("email", &email));
        problems.extend(new.password.as_deref().and_then(|password| passwords::check("password", password)));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let hash = match &new.password {
            Some(password) => Some(passwords::hash(password, &*self.entropy).await?),
            None => None,
        };
        let id = UserId::generate(&*self.entropy);
        let user = User { id, name, email, platform_role: new.role, disabled: false, version: 1 };
        let mut tx = self.storage.begin().await?;
        match tx.add_user(&user, self.now()).await {
            Err(StorageError::Taken { .. }) => {
                let message = "Somebody has an account with this e-mail address already.";
                return Err(ServiceError::invalid("taken", "email", message));
            }
            added => added?,
        }
        if let Some(password_hash) = hash {
            tx.set_credential(&Credential { user: user.id.clone(), password_hash }).await?;
        }
        tx.append_audit(&self.entry(actor, "person.added", &user.id, format!("added {}", user.name))).await?;
        tx.commit().await?;
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::operator,
        testing::{PASSWORD, house},
    };

    fn new(email: &str, password: &str) -> NewPerson {
        NewPerson { name: "Eve".to_owned(), email: email.to_owned(), role: None, password: Some(password.to_owned()) }
    }

    #[tokio::test]
    async fn a_new_person_can_sign_in() {
        let house = house().await;
        let user = house.portal.add_person(&operator(), new(" Eve@Example.com ", PASSWORD)).await.unwrap();
        assert_eq!(house.portal.sign_in("eve@example.com", PASSWORD, None).await.unwrap().user, user);
        let event = house.history().await.into_iter().find(|event| event.entry.object == user.id.to_string()).unwrap();
        assert_eq!((event.entry.action.as_str(), event.entry.actor.as_str()), ("person.added", "usr-operator"));
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_at_the_field() {
        let house = house().await;
        let problems = house.portal.add_person(&house.admin, new("eve", "short")).await.unwrap_err();
        let paths: Vec<_> = problems.problems().iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["email", "password"]);
        let taken = house.portal.add_person(&house.admin, new("dev@example.com", PASSWORD)).await.unwrap_err();
        assert_eq!(taken.problems()[0].code, "taken");
        let denied = house.portal.add_person(&house.platform, new("eve@example.com", PASSWORD)).await.unwrap_err();
        assert_eq!(denied.code(), "denied");
    }
}
