// Rights inside the database, which no API of Google's can give: one role owns the schema, two own nothing. PURE.

/** Names of the database users that log in. */
export interface RoleUsers {
  readonly twins: string;
  readonly keyring: string;
  readonly migrate: string;
}

/** Role that migrations act as; it owns all that they make. */
export const OWNER_ROLE = 'twinward_owner';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * SQL that an administrator (user postgres) runs once in the database twinward. A second run changes nothing. The users
 * exist already: they are made by the data stack, without any right.
 */
export function rolesSql(users: RoleUsers): string {
  const roles = [OWNER_ROLE, 'twinward_service', 'twinward_keyring'];
  return [
    'DO $$ BEGIN',
    ...roles.map(
      (role) =>
        `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF;`,
    ),
    'END $$;',
    `GRANT ${OWNER_ROLE} TO CURRENT_USER;`,
    `ALTER DATABASE twinward OWNER TO ${OWNER_ROLE};`,
    `SET ROLE ${OWNER_ROLE};`,
    'REVOKE ALL ON DATABASE twinward FROM PUBLIC;',
    'GRANT CONNECT ON DATABASE twinward TO twinward_service, twinward_keyring;',
    'GRANT TEMPORARY ON DATABASE twinward TO twinward_service;',
    'RESET ROLE;',
    `GRANT ${OWNER_ROLE} TO ${quoted(users.migrate)};`,
    `GRANT twinward_service TO ${quoted(users.twins)};`,
    `GRANT twinward_keyring TO ${quoted(users.keyring)};`,
    '',
  ].join('\n');
}
