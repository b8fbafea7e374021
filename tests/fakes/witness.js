// SPDX-License-Identifier: MIT
// For witness.sh: node witness.js PORTS.JSON ROWS. Writes page.ts for the compiler.
'use strict';
const fs = require('fs');
const { Client, PageIterator } = require('@microsoft/microsoft-graph-client');

const ports = JSON.parse(fs.readFileSync(process.argv[2]));
const expected = Number(process.argv[3]);
const FILTER = "createdDateTime ge 2020-01-01T00:00:00Z and " +
    "(clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP')";

async function login() {
    const answer = await fetch(`https://localhost:${ports.login}/` +
        '8d1f2c3b-0000-4000-8000-000000000001/oauth2/v2.0/token', {
        method: 'POST',
        body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: 'c0000000-0000-4000-8000-000000000001',
            client_secret: 's~e.c_r-e t',
            scope: 'https://graph.microsoft.com/.default',
        }),
    });
    return (await answer.json()).access_token;
}

async function walk(client) {
    const first = await client.api('/auditLogs/signIns').filter(FILTER).top(200).get();
    const seen = new Map();
    let pages = 0;
    const iterator = new PageIterator(client, first, (row) => {
        seen.set(row.id, (seen.get(row.id) || 0) + 1);
        pages += seen.size % 200 === 1 ? 1 : 0;
        return true;
    });
    await iterator.iterate();
    const twice = [...seen.values()].filter((count) => count !== 1).length;
    if (seen.size !== expected || twice !== 0) {
        throw new Error(`${seen.size} rows of ${expected}, ${twice} of them not once`);
    }
    console.log(`Microsoft's client saw ${seen.size} rows on ${pages} pages, each once`);
    return first.value;
}

// Microsoft's metadata of v1.0 has had signIn.userAgent since 2026, the types not yet.
const LATER = { SignIn: ' & { userAgent?: string | null }' };

function typed(name, value) {
    return `export const ${name} = ${JSON.stringify(value)} satisfies ` +
        `(graph.${name}${LATER[name] || ''})${Array.isArray(value) ? '[]' : ''};\n`;
}

async function main() {
    const token = await login();
    const client = Client.init({
        baseUrl: `https://localhost:${ports.graph}/`,
        defaultVersion: 'v1.0',
        customHosts: new Set(['localhost']),
        authProvider: (done) => done(null, token),
    });
    const page = await walk(client);
    const rules = await client.api('/identity/conditionalAccess/policies').get();
    const defaults = await client
        .api('/policies/identitySecurityDefaultsEnforcementPolicy').get();
    delete defaults['@odata.context'];
    fs.writeFileSync('page.ts',
        'import type * as graph from "@microsoft/microsoft-graph-types";\n' +
        typed('SignIn', page) + typed('ConditionalAccessPolicy', rules.value) +
        typed('IdentitySecurityDefaultsEnforcementPolicy', defaults));
}

main().catch((trouble) => {
    console.error(trouble);
    process.exit(1);
});
