/**
 * What code of other languages does, by the names of functions. Sources: the reference manuals of Python (os, subprocess,
 * shutil, pathlib, socket, urllib), Node.js (child_process, fs, net, http), Perl (perlfunc), Ruby (Kernel, FileUtils, IO),
 * PHP (program execution, file system), Lua (os, io), POSIX awk; GTFOBins: python, node, perl, ruby, php, lua, awk.
 * `\u0001n\u0001` stands for a text between quotes.
 */
import type { Language } from '../types.ts';

/** Names of functions, by what they do; each is looked for in front of a bracket or a quoted text. */
export interface Names {
  /** Runs a command: the first argument is shell text or a list of words. */
  readonly spawn: RegExp;
  readonly remove: RegExp;
  readonly write: RegExp;
  readonly net: RegExp;
  /** Runs text as code, or reaches functions by names made at run time. */
  readonly dynamic: RegExp;
  /** Shows the whole environment. */
  readonly environment: RegExp;
}

const NEVER = /(?!)/g;
const C_SYSTEM = /\b(?:system|popen|exec[lv]?[pe]*)\s*\(/g;

const PYTHON: Names = {
  spawn:
    /\b(?:os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)|pty\.spawn|subprocess\.\w+|(?:Popen|check_output|check_call|getoutput|getstatusoutput)|run_command|create_subprocess_(?:shell|exec)|commands\.getoutput|(?<![.\w])(?:system|popen))\s*\(/g,
  remove:
    /\b(?:rmtree|os\.(?:remove|unlink|rmdir|removedirs|truncate)|send2trash|remove_tree|(?<=\u0001\)\.)(?:unlink|rmdir)|(?<=\.)(?:unlink|rmdir))\s*\(/g,
  write:
    /\b(?:write_text|write_bytes|os\.(?:rename|replace|symlink|link|chmod|chown|mkfifo|mknod)|shutil\.(?:move|copy\w*|chown)|open(?=\s*\([^()\n]{0,200}(?:\u0001\d+:[rbt]*[wax+][rwbt+]*\u0001)))\s*\(/g,
  net: /\b(?:urllib|urllib2|urllib3|requests|httpx|aiohttp|http\.client|ftplib|smtplib|telnetlib|paramiko|socket\.(?:socket|create_connection)|http\.server|HTTPServer)\b/g,
  dynamic:
    /(?<![.\w])(?:eval|exec|compile|__import__|getattr|globals|locals)\s*\(|\b(?:importlib|marshal|pickle|ctypes|cffi|code\.interact|__builtins__|__subclasses__|b64decode|fromhex|runpy|pdb)\b|\bcodecs\.decode\b/g,
  environment: /\bos\.environ\b(?!\s*(?:\[|\.(?:get|pop|setdefault|update)))|\benviron\b\s*\)/g,
};

const NODE: Names = {
  spawn:
    /\b(?:execSync|execFileSync|execFile|spawnSync|spawn|fork|(?:cp|child|child_process)\.exec|(?<![.\w])exec|execa|Deno\.(?:run|Command)|Bun\.(?:spawn|spawnSync)|\$)\s*(?:\(|(?=\u0001))/g,
  remove:
    /\b(?:rmSync|unlinkSync|rmdirSync|unlink|rmdir|rimraf|emptyDirSync|truncateSync|ftruncateSync|Deno\.remove|(?<=\.)rm|(?<=\.)removeSync)\s*\(/g,
  write:
    /\b(?:writeFileSync|writeFile|appendFileSync|appendFile|createWriteStream|renameSync|rename|copyFileSync|cpSync|symlinkSync|linkSync|chmodSync|chownSync|Deno\.writeTextFile|Bun\.write)\s*\(/g,
  net: /(?<![.\w])fetch\s*\(|\b(?:https?|net|tls|dgram|dns|http2)\.(?:get|request|connect|createConnection|createServer|createSocket|resolve\w*|lookup)\b|\u0001\d+:(?:node:)?(?:https?|net|tls|dgram|dns|http2|axios|got|node-fetch|undici|ws)\u0001|\b(?:WebSocket|XMLHttpRequest)\b/g,
  dynamic:
    /(?<![.\w])eval\s*\(|\bFunction\s*\(|\bvm\.\w+|\bprocess\.(?:binding|dlopen|_linkedBinding)\b|\brequire\s*\(\s*(?!\u0001\d+:[^\u0001]*\u0001\s*\))|\bimport\s*\(\s*(?!\u0001)|\batob\s*\(|\bfromCharCode\b|\u0001\d+:base64\u0001|\bconstructor\s*\(|\[\s*\u0001\d+:constructor/g,
  environment: /\bprocess\.env\b(?!\s*(?:\.|\[|\?\.))|\bDeno\.env\.toObject\b/g,
};

const PERL: Names = {
  spawn: /(?<![>:$@%\w])(?:system|exec|qx|popen)\b\s*\(?|\bopen\s*\(?[^;\n]{0,80}(?=\u0001\d+:\s*[-+]?\||\u0001\d+:[^\u0001]*\|\s*\u0001)/g,
  remove: /(?<![>$@%\w])(?:unlink|rmdir|rmtree|remove_tree|truncate)\b\s*\(?/g,
  write: /(?<![>$@%\w])(?:rename|symlink|link|chmod|chown|open(?=[^;\n]{0,80}\u0001\d+:\+?>))\b\s*\(?/g,
  net: /\b(?:IO::Socket|LWP|HTTP::Tiny|Net::|Socket\b|Mojo::UserAgent)/g,
  dynamic:
    /(?<![$@%\w])eval\b|(?<![$@%\w])(?:do|require)\s*\(?\s*\$|\bunpack\b|\bpack\b|\bdecode_base64\b|\bsyscall\b|(?:\/|\}|\|)[imsxgr]*e[imsxgre]*\s*[;)]/g,
  environment: /%ENV\b|\bvalues\s*%ENV/g,
};

const RUBY: Names = {
  spawn:
    /(?<![.\w$@])(?:system|exec|spawn|fork|popen)\b\s*\(?|\b(?:Kernel\.(?:system|exec|spawn)|IO\.popen|Open3\.\w+|PTY\.spawn|Process\.spawn)\s*\(?|%x(?=[[{(|])/g,
  remove:
    /\b(?:FileUtils\.(?:rm|rm_r|rm_f|rm_rf|remove\w*|rmtree|rmdir|safe_unlink)|File\.(?:delete|unlink|truncate)|Dir\.(?:rmdir|delete|unlink)|rm_rf)\s*\(?/g,
  write:
    /\b(?:File\.(?:write|binwrite|rename|symlink|link|chmod|chown)|IO\.(?:write|binwrite)|FileUtils\.(?:mv|cp|cp_r|ln|ln_s|chmod|chmod_R|chown|chown_R)|File\.(?:open|new)(?=\s*\(?[^()\n]{0,200}\u0001\d+:[wax]))\s*\(?/g,
  net: /\b(?:Net::HTTP|TCPSocket|UDPSocket|TCPServer|URI\.open|OpenURI|HTTParty|Faraday|Socket\.)/g,
  dynamic:
    /(?<![.\w$@])(?:eval|instance_eval|class_eval|send|public_send|__send__|const_get|load|Marshal\.load|define_method)\b|\.(?:send|public_send|__send__|instance_eval|unpack1?|constantize)\b|\bBase64\b/g,
  environment: /\bENV\b(?!\s*(?:\[|\.(?:fetch|key\?|\[\])))/g,
};

const PHP: Names = {
  spawn: /(?<![>:$\w])(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec)\s*\(/g,
  remove: /(?<![>:$\w])(?:unlink|rmdir|ftruncate)\s*\(/g,
  write: /(?<![>:$\w])(?:file_put_contents|rename|copy|symlink|link|chmod|chown|fopen(?=\s*\([^()\n]{0,200}\u0001\d+:[waxc]))\s*\(/g,
  net: /(?<![>:$\w])(?:curl_init|fsockopen|stream_socket_client|pfsockopen|socket_create)\s*\(/g,
  dynamic:
    /(?<![>:$\w])(?:eval|assert|create_function|call_user_func\w*|base64_decode|preg_replace_callback|include|require|include_once|require_once)\s*\(|\$\w+\s*\(/g,
  environment: /(?<![>:$\w])(?:getenv\s*\(\s*\)|phpinfo\s*\()|\$_(?:ENV|SERVER)\b(?!\s*\[)/g,
};

const LUA: Names = {
  spawn: /\b(?:os\.execute|io\.popen)\s*\(?/g,
  remove: /\bos\.remove\s*\(?/g,
  write: /\b(?:os\.rename|io\.open(?=\s*\([^()\n]{0,200}\u0001\d+:[wa]))\s*\(?/g,
  net: /\bsocket\b/g,
  dynamic: /(?<![.\w])(?:load|loadstring|dofile|loadfile|require)\s*\(/g,
  environment: NEVER,
};

const AWK: Names = {
  spawn: /\bsystem\s*\(|(?=\u0001\d+:[^\u0001]*\u0001\s*\|&?\s*getline\b)|(?:\||\|&)\s*(?=\u0001)/g,
  remove: NEVER,
  write: />>?\s*(?=\u0001)/g,
  net: /\u0001\d+:\/inet/g,
  dynamic: /@(?:load|include)\b|\bsystem\s*\(\s*(?!\u0001)/g,
  environment: /\bENVIRON\b(?!\s*\[\s*\u0001)/g,
};

const OTHER: Names = { spawn: C_SYSTEM, remove: /\b(?:unlink|remove|rmdir|delete|unlinkSync)\s*\(/g, write: NEVER, net: /\b(?:socket|http|tcp)\b/gi, dynamic: /\beval\b/g, environment: NEVER }; // prettier-ignore

/** The names of a language. */
export const CODE: Readonly<Record<Language, Names>> = {
  python: PYTHON,
  node: NODE,
  perl: PERL,
  ruby: RUBY,
  php: PHP,
  lua: LUA,
  awk: AWK,
  other: OTHER,
};

/** Marks of code that may reach beyond the files that it names. */
export const ESCAPES =
  /\b(?:environ|getenv|argv|homedir|expanduser|Path\.home|input|chr|fromCharCode|ENV|gethomedir|tmpdir)\b|process\.env/;
