import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** The database that every role below works in. */
export const DATABASE = 'twinward';

export interface RolePasswords {
  /** Owns the database and runs migrations. */
  readonly twinward_owner: string;
  /** The twin service: owns nothing and never bypasses row-level security. */
  readonly twinward_service: string;
  /** The connection that sees wrapped keys. */
  readonly twinward_keyring: string;
}

/** Creates the database and its login roles; a second run changes nothing. */
export async function ensureRoles(adminUrl: string, passwords: RolePasswords): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const [role, password] of Object.entries(passwords)) {
      await ensureRole(client, role, password);
    }
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${DATABASE} OWNER twinward_owner`);
    }
    await client.query(`REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${DATABASE} TO twinward_service, twinward_keyring`);
    await client.query(`GRANT TEMPORARY ON DATABASE ${DATABASE} TO twinward_service`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(
    `${verb} ROLE ${escapeIdentifier(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION ` +
      `PASSWORD ${escapeLiteral(password)}`,
  );
}
