// A sign-in as one writes it with Better Auth: e-mail and password, argon2id at our cost, sessions in PostgreSQL.
// better-auth.mjs PORT PEOPLE, with DATABASE_URL: prints `ready COOKIE` with the cookie of a session, then serves.

import { createServer } from 'node:http'
import { Algorithm, hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import pg from 'pg'

const [port, people] = process.argv.slice(2).map(Number)
const PASSWORD = 'seven grey herons wade home'
const COST = { algorithm: Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 }
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret of this measurement, and of nothing else',
  database: pool,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  emailAndPassword: {
    enabled: true,
    password: { hash: (password) => hash(password, COST), verify: ({ hash, password }) => verify(hash, password) },
  },
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()
const stored = await hash(PASSWORD, COST)
await pool.query(
  `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
   SELECT 'person-' || n, 'Somebody', 'person-' || n || '@shop.example', true, now(), now() FROM generate_series(0, $1::int) AS n`,
  [people],
)
await pool.query(
  `INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
   SELECT 'account-' || n, 'person-' || n, 'credential', 'person-' || n, $2, now(), now() FROM generate_series(0, $1::int) AS n`,
  [people, stored],
)
const { headers } = await auth.api.signInEmail({
  body: { email: 'person-0@shop.example', password: PASSWORD },
  returnHeaders: true,
})
const cookie = headers.getSetCookie()[0].split(';')[0]
createServer(toNodeHandler(auth)).listen(port, '127.0.0.1', () => console.log(`ready ${cookie}`))
