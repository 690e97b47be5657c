// Somebody with a browser registers a passkey and signs in with it, by a virtual authenticator; says as JSON what was answered.
//
//   node use_passkeys.mjs http://localhost:PORT drs_…
import { chromium } from 'playwright-core';

const [base, token] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root there is no sandbox.
  args: ['--no-sandbox', '--disable-gpu'],
});

// An authenticator built into this machine, which has seen its owner's finger.
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { devtools, authenticatorId };
}

async function send(method, path, body, bearer) {
  const headers = { ...(body && { 'content-type': 'application/json' }), ...(bearer && { authorization: `Bearer ${bearer}` }) };
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

// In the page: what its scripts would do.
const create = (page, options) =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
    return (await navigator.credentials.create({ publicKey })).toJSON();
  }, options);
const get = (page, options) =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }, options);

async function signIn(page) {
  const asked = await send('POST', '/v1/sign-in/passkey-options');
  const credential = await get(page, asked.body.options);
  const body = { credential, deliver: 'token' };
  return { body, answer: await send('POST', '/v1/sign-in/passkey', body) };
}

try {
  const page = await browser.newPage();
  const { devtools, authenticatorId } = await authenticator(page);
  await page.goto(`${base}/docs/`);
  const said = {};

  const asked = await send('POST', '/v1/me/passkey-options', null, token);
  said.options = asked.body.options;
  const credential = await create(page, asked.body.options);
  const registration = { name: 'this machine', credential };
  said.registered = await send('POST', '/v1/me/passkeys', registration, token);
  said.registeredAgain = await send('POST', '/v1/me/passkeys', registration, token);

  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
  said.discoverable = credentials.map((one) => one.isResidentCredential);

  const first = await signIn(page);
  said.signedIn = first.answer;
  said.replayed = await send('POST', '/v1/sign-in/passkey', first.body);
  const { body: second, answer } = await signIn(page);
  said.signedInAgain = answer;
  // What another key has signed.
  const forged = structuredClone(second);
  const fresh = await send('POST', '/v1/sign-in/passkey-options');
  const other = await get(page, fresh.body.options);
  forged.credential = { ...other, response: { ...other.response, signature: second.credential.response.signature } };
  said.forged = await send('POST', '/v1/sign-in/passkey', forged);

  // A page of somebody else, on the same domain.
  const stranger = await browser.newPage();
  await stranger.route('http://localhost:8099/**', (route) => route.fulfill({ contentType: 'text/html', body: 'hello' }));
  const theirs = await authenticator(stranger);
  const copy = (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials[0];
  await theirs.devtools.send('WebAuthn.addCredential', { authenticatorId: theirs.authenticatorId, credential: copy });
  await stranger.goto('http://localhost:8099/');
  said.elsewhere = (await signIn(stranger)).answer;

  // A copy of the authenticator that has counted less far.
  await stranger.goto(`${base}/docs/`);
  await theirs.devtools.send('WebAuthn.removeCredential', {
    authenticatorId: theirs.authenticatorId,
    credentialId: copy.credentialId,
  });
  await theirs.devtools.send('WebAuthn.addCredential', {
    authenticatorId: theirs.authenticatorId,
    credential: { ...copy, signCount: 1 },
  });
  said.copied = (await signIn(stranger)).answer;

  const id = said.registered.body.id;
  said.renamed = await send('PUT', `/v1/me/passkeys/${id}`, { name: 'the old machine' }, token);
  said.list = await send('GET', '/v1/me/passkeys', null, token);
  said.removed = await send('DELETE', `/v1/me/passkeys/${id}`, null, token);
  said.afterwards = (await signIn(page)).answer;
  console.log(JSON.stringify(said));
} finally {
  await browser.close();
}
