// A storefront's API as one writes it with Fastify and postgres.js: a page with facets, and one garment.
// catalogue.mjs PORT CONNECTIONS, with DATABASE_URL, and the statements in LIST and ONE.

import Fastify from 'fastify'
import postgres from 'postgres'

const [port, connections] = process.argv.slice(2).map(Number)
const { DATABASE_URL, LIST, ONE } = process.env
const sql = postgres(DATABASE_URL, { max: connections, prepare: true })
const app = Fastify()
const json = 'application/json; charset=utf-8'

app.get('/v1/search', async (request, reply) => {
  const { category, size } = request.query
  const [row] = await sql.unsafe(LIST, [category, size.toUpperCase().split(',')], { prepare: true })
  return reply.type(json).send(row.answer)
})

app.get('/v1/garments/:id', async (request, reply) => {
  const [row] = await sql.unsafe(ONE, [request.params.id], { prepare: true })
  if (!row) return reply.code(404).send({ code: 'garment-not-found' })
  return reply.type(json).send(row.answer)
})

await app.listen({ port, host: '127.0.0.1' })
