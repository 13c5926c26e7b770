/**
 * Files that hold secrets. Sources: the manual of each tool (`files` or `configuration` section), the GTFOBins function
 * `file-read`, proc(5), shadow(5).
 */
import { matches } from '../analyse/globs.ts';

/** Below the home folder: a folder (ending `/`) or a file; `*` as in the shell. */
const HOME_SECRETS: readonly string[] = [
  '.ssh/', // ssh(1)
  '.aws/', // AWS CLI: configuration and credential files
  '.azure/', // az
  '.config/gcloud/', // gcloud
  '.kube/', // kubectl
  '.docker/config.json', // docker login
  '.config/containers/auth.json', // podman login
  '.gnupg/', // gpg(1)
  '.password-store/', // pass(1)
  '.config/gh/hosts.yml', // gh
  '.config/glab-cli/', // glab
  '.config/hub', // hub
  '.netrc', // netrc(5)
  '.npmrc', // npm
  '.yarnrc.yml', // yarn
  '.pypirc', // twine
  '.gem/credentials', // gem
  '.local/share/gem/credentials',
  '.cargo/credentials*', // cargo login
  '.m2/settings*.xml', // maven
  '.gradle/gradle.properties', // gradle
  '.nuget/NuGet/NuGet.Config', // nuget
  '.composer/auth.json', // composer
  '.config/composer/auth.json',
  '.git-credentials', // git-credential-store(1)
  '.config/git/credentials',
  '.pgpass', // psql
  '.my.cnf', // mysql
  '.mylogin.cnf',
  '.s3cfg', // s3cmd
  '.boto',
  '.config/rclone/', // rclone
  '.terraform.d/credentials.tfrc.json', // terraform
  '.terraformrc',
  '.vault-token', // vault
  '.fly/config.yml', // fly
  '.config/heroku/',
  '.config/doctl/',
  '.config/op/', // 1Password
  '.config/Bitwarden CLI/',
  '.local/share/keyrings/', // gnome-keyring
  '.local/share/kwalletd/',
  'Library/Keychains/', // macOS
  '.mozilla/', // browsers
  '.config/google-chrome/',
  '.config/chromium/',
  'Library/Application Support/Google/Chrome/',
  '.claude.json', // the agent's own
  '.claude/.credentials.json',
  '.codex/auth.json',
  '.gemini/oauth_creds.json',
  '.bash_history',
  '.zsh_history',
  '.psql_history',
  '.mysql_history',
  '.python_history',
  '.node_repl_history',
];

/** Anywhere on the machine. */
const SYSTEM_SECRETS: readonly RegExp[] = [
  /^\/etc\/(?:shadow|gshadow|shadow-|gshadow-|sudoers|master\.passwd)$/,
  /^\/etc\/(?:sudoers\.d|ssl\/private|wireguard|NetworkManager\/system-connections)(?:\/|$)/,
  /^\/etc\/ssh\/ssh_host_[^/]*_key$/,
  /^\/etc\/kubernetes\/(?:admin\.conf|pki)(?:\/|$)/,
  /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:environ|mem|auxv)$/,
  /^\/proc\/kcore$/,
  /^\/(?:var\/)?run\/secrets(?:\/|$)/,
  /^\/root\/\.(?:ssh|aws|kube|gnupg)(?:\/|$)/,
  /^\/home\/[^/]+\/\.(?:ssh|aws|kube|gnupg|netrc|npmrc)(?:\/|$)/,
];

/** Below such folders, what is no secret. */
const PUBLIC = /\/\.ssh\/(?:[^/]*\.pub|known_hosts[^/]*|config|authorized_keys)$|\/\.aws\/config$/;

const KEY_NAME =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_[\w-]+)?|.*\.(?:key|p12|pfx|jks|keystore|kdbx|ppk|asc\.key)|(?:.*[-_.])?(?:privkey|private[-_]?key|server[-_]?key)(?:[-_.].*)?\.pem|master\.key|service[-_]?account.*\.json|gcp[-_]?key.*\.json|\.git-credentials|\.netrc|\.pypirc|\.pgpass|\.htpasswd)$/i;
const ENV_NAME = /^\.env(?:rc)?(?:\..+)?$|^.+\.env$/;
const ENV_SAMPLE = /(?:example|sample|template|dist|defaults?|schema|test|ci)$|\.(?:md|ts|js|d\.ts)$/i;

/** Files of which a wildcard may hit one. */
const SAMPLES = ['.ssh/id_rsa', '.ssh/id_ed25519', '.aws/credentials', '.netrc', '.npmrc', '.kube/config', '.git-credentials', '.docker/config.json', '.config/gh/hosts.yml', '.gnupg/secring.gpg', '.pypirc', '.bash_history']; // prettier-ignore

/** What reading a path gives away. `env`: a project's own settings. */
export type SecretKind = 'secret' | 'env';

/** Whether an absolute path is a secret. It may be a pattern, and it may be a folder that holds some. */
export function secretAt(path: string, home: string): SecretKind | undefined {
  if (PUBLIC.test(path)) return undefined;
  if (SYSTEM_SECRETS.some((secret) => secret.test(path))) return 'secret';
  if (homesOf(path, home).some((at) => belowHome(path, at) || wildHit(path, at) || holdsSecrets(path, at))) return 'secret';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (KEY_NAME.test(name) && !/\/(?:test|tests|fixtures?|testdata|__tests__|spec)\//.test(path)) return 'secret';
  if (ENV_NAME.test(name) && !ENV_SAMPLE.test(name)) return 'env';
  return /[*?[]/.test(name) && name.startsWith('.') && matches(name, '.env') ? 'env' : undefined;
}

/** The user's own home, and that of another user where the path lies in one: its secrets are no less secret. */
function homesOf(path: string, home: string): readonly string[] {
  const other = /^\/(?:home|Users)\/[^/*?[]+|^\/root(?=\/|$)/.exec(path)?.[0];
  return other === undefined || other === home ? [home] : [home, other];
}

function belowHome(path: string, home: string): boolean {
  if (!path.startsWith(`${home}/`)) return false;
  const rest = path.slice(home.length + 1);
  return HOME_SECRETS.some((secret) => {
    if (secret.endsWith('/')) return rest === secret.slice(0, -1) || rest.startsWith(secret);
    return secret.includes('*') ? matches(secret, rest) : rest === secret;
  });
}

function wildHit(path: string, home: string): boolean {
  if (!/[*?[]/.test(path)) return false;
  if (/^\/proc\/[^/]*\/env?[*?[]/.test(path) || (path.startsWith('/etc/') && matches(path, '/etc/shadow'))) return true;
  return (
    path.length < 512 && SAMPLES.some((sample) => matches(path, `${home}/${sample}`) && slashes(path) === slashes(`${home}/${sample}`))
  );
}

function slashes(text: string): number {
  return text.split('/').length;
}

function holdsSecrets(path: string, home: string): boolean {
  return (
    path === home ||
    path === '/' ||
    path === `${home}/.config` ||
    path === home.slice(0, home.lastIndexOf('/')) ||
    path === `${home}/*` ||
    path === `${home}/.*`
  );
}

/** Words in the name of a variable that holds a secret. */
export const SECRET_NAME = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|KEY|APIKEY|CREDENTIALS?|AUTH|COOKIE|PAT|DSN)(?:_|$)|API_?KEY|TOKEN$|SECRET|PASSWORD|DATABASE_URL/i; // prettier-ignore
