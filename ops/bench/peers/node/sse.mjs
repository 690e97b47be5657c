// A broadcaster of server-sent events as one writes it with node:http and nothing else.
// sse.mjs PORT: GET /events listens; POST /publish tells its body, a whole message, to all who do.

import { createServer } from 'node:http'

const listeners = new Set()

const server = createServer(async (request, response) => {
  if (request.method === 'GET' && request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.write(': connected\nretry: 1000\n\n')
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
    return
  }
  if (request.method === 'POST' && request.url === '/publish') {
    const parts = []
    for await (const part of request) parts.push(part)
    const message = Buffer.concat(parts)
    for (const listener of listeners) listener.write(message)
    response.writeHead(204).end()
    return
  }
  response.writeHead(404).end()
})
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
