// Another service that is brought an access token: knows the shop's address, and nothing else.
//
//   node check_access_token.mjs ISSUER JWKS_URL TOKEN
//
// Prints what the token says, as JSON; or fails with the code of what is wrong with it.
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [issuer, keys, token] = process.argv.slice(2);
try {
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), {
    issuer,
    audience: issuer,
    typ: 'at+jwt',
    algorithms: ['EdDSA'],
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'],
  });
  console.log(JSON.stringify({ payload, protectedHeader }));
} catch (error) {
  console.error(error.code);
  process.exit(1);
}
