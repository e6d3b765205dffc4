// Calls a sandbox with the vendor's own client library and prints one line for each answer: the call and its status.
// Usage: node vendor.js <folder of the package> <base URL> <shared secret>
const [, , folder, base, secret] = process.argv;
const library = require(require.resolve('cybersource-rest-client', { paths: [folder] }));

const settings = {
  authenticationType: 'http_signature',
  runEnvironment: 'apitest.cybersource.com', // the host that is signed
  intermediateHost: base, // where the call goes
  merchantID: 'testrest',
  merchantKeyId: 'demo-key',
  merchantsecretKey: secret,
  logConfiguration: { enableLog: false },
};

function call(operation, ...given) {
  const api = new library.CustomerApi(settings, new library.ApiClient());
  return new Promise((resolve) => {
    api[operation](...given, (error, data, response) => {
      const status = (response && response.status) || (error && error.status);
      console.log(`${operation} ${status}`);
      resolve(data || {});
    });
  });
}

async function main() {
  const known = 'F2F3ADA770102B51E053A2598D0A9078';
  const read = await call('getCustomer', known, {});
  if (read.id) console.log(`read ${read.buyerInformation.email}`);
  const made = await call('postCustomer', { buyerInformation: { merchantCustomerID: 'm-1', email: 'ann@example.com' } }, {});
  const id = made.id || known;
  const changes = { clientReferenceInformation: { code: 'c-1' } };
  await call('patchCustomer', id, changes, { ifMatch: '"1"' });
  await call('patchCustomer', id, changes, { ifMatch: '"0"' });
  await call('deleteCustomer', id, {});
  await call('getCustomer', id, {});
}

main();
