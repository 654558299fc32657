/**
 * The pretend site's certificate. Its key is public on purpose and protects nothing: only the throw-away profile of the
 * demo and the tests accepts it (by `spki`), in a browser that reaches no other host than this machine.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsxTBLFCQmYzS/jvI
+xqptYF2f4Ds+NHeMqnfLy9CTpahRANCAARZpjpCGiopywgaEVu12Su+9zyrpnjN
Xfo9Dm5KS8ayOT28aUN8VRMRXFXAEHBpqxQDc71oHgaTZXdE4J9iSpJ+
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUCBhe8DBYPju4sHw9oJkLWRKE3+UwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPcHJldGVuZC1jaGF0Z3B0MCAXDTI2MTEyMDEwMTE0OVoYDzIx
MjYxMDI3MTAxMTQ5WjAaMRgwFgYDVQQDDA9wcmV0ZW5kLWNoYXRncHQwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARZpjpCGiopywgaEVu12Su+9zyrpnjNXfo9Dm5K
S8ayOT28aUN8VRMRXFXAEHBpqxQDc71oHgaTZXdE4J9iSpJ+o1MwUTAdBgNVHQ4E
FgQUb8zJJQJyZg6fM8MKKuHzCeWefr8wHwYDVR0jBBgwFoAUb8zJJQJyZg6fM8MK
KuHzCeWefr8wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAe/LAp
X7UQBFNAHjFrz3ooK4/PfE7Rj4lIm/ZlpV3OTQIhAMUOvDS6Nii8rryIA8nMYhME
uMwVpGKohhftTg31i6u/
-----END CERTIFICATE-----
`,
  spki: 'JOpWv0xNABGdCCnX6VT1r77Jta2UUZ4DX4URpa6fyXs=',
}
