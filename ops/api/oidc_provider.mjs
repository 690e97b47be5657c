// A provider of OpenID Connect for tests: whoever comes is whom the page before said, without asking anything.
//
//   node oidc_provider.mjs PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
//
// `POST /next` with {"sub": "…", "email": "…", "email_verified": true} says who comes next.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, client_id, client_secret, redirect_uri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let next = null;
const people = new Map();

const provider = new Provider(issuer, {
  clients: [{ client_id, client_secret, redirect_uris: [redirect_uri] }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  // Claims stand in the ID token, as those of the great providers do.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
});

const callback = provider.callback();
createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/next') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { sub, ...claims } = JSON.parse(body);
    people.set(sub, claims);
    next = sub;
    return response.writeHead(204).end();
  }
  if (request.url.startsWith('/interaction/')) {
    return provider.interactionFinished(request, response, { login: { accountId: next, remember: false } });
  }
  return callback(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
