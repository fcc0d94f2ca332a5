#include "crypto/pkcs11.hpp"

#include <fmt/format.h>
#include <openssl/engine.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "crypto/evp_sign.hpp"

// ENGINE is deprecated since OpenSSL 3.0; pkcs11.hpp says why it is used all the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace interlude::crypto {
namespace {

// PKCS #11 3.1, table 6: return values (CKR_…) that mean that the PIN was not good enough.
constexpr std::array<int, 7> kDenials = {0xA0 /* PIN_INCORRECT */,
                                         0xA1 /* PIN_INVALID */,
                                         0xA2 /* PIN_LEN_RANGE */,
                                         0xA3 /* PIN_EXPIRED */,
                                         0xA4 /* PIN_LOCKED */,
                                         0x101 /* USER_NOT_LOGGED_IN */,
                                         0x102 /* USER_PIN_NOT_INITIALIZED */};
constexpr std::string_view kModuleErrors = "PKCS#11 module";  // what libp11 calls them

/// What OpenSSL's queue says, first cause first; clears it.
Error queued_error(std::string_view what) {
  ErrorKind kind = ErrorKind::Unavailable;
  std::string reasons;
  while (const unsigned long code = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(code);
    const char* const library = ERR_lib_error_string(code);
    if (library != nullptr && library == kModuleErrors &&
        std::ranges::find(kDenials, ERR_GET_REASON(code)) != kDenials.end()) {
      kind = ErrorKind::Denied;
    }
    if (reason != nullptr) reasons += fmt::format("{}{}", reasons.empty() ? ": " : ", ", reason);
  }
  return {kind, std::string(what) + reasons};
}

/// libp11's engine with one driver (PKCS#11 module) in it.
///
/// One for the whole process, until it ends: a driver is initialised, and a token logged in to,
/// once, whoever asks; and libp11 0.4.12 bears neither two engines nor being loaded twice, and
/// keeps tokens open when their keys are gone. Hence the one thing in this program that is shared
/// behind its callers' backs, and it is never destroyed: when the program ends, the driver's own
/// destructors have run before ours would, and closing a token after them crashes.
class Engine {
 public:
  /// Conflict where another driver is in use.
  static Result<Engine*> with_driver(const std::string& module_path) {
    static std::mutex mutex;
    static Engine* engine = nullptr;
    const std::lock_guard lock(mutex);
    if (engine == nullptr) {
      Result<std::unique_ptr<Engine>> loaded = load(module_path);
      if (!loaded) return std::unexpected(loaded.error());
      engine = loaded->release();
    }
    if (engine->module_path_ == module_path) return engine;
    return fail(
        ErrorKind::Conflict,
        fmt::format("the PKCS#11 driver \"{}\" is in use, \"{}\" cannot be in the same run; "
                    "without module-path, p11-kit offers all drivers at once",
                    engine->module_path_, module_path));
  }

  Engine(ENGINE* engine, std::string module_path)
      : engine_(engine), module_path_(std::move(module_path)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Result<UniqueKey> private_key(const Pkcs11Uri& uri, const AskSecret& ask) {
    const std::lock_guard lock(mutex_);
    const Status login = prepare_login(uri, ask);
    if (!login) return std::unexpected(login.error());
    ERR_clear_error();
    const std::string name = fmt::format("pkcs11:{};{}", uri.token, uri.object);
    UniqueKey key(ENGINE_load_private_key(engine_, name.c_str(), nullptr, nullptr));
    (void)tell(engine_, "PIN", "");  // overwrites the copy that the engine keeps
    if (key == nullptr) return std::unexpected(queued_error(fmt::format("no key at {}", name)));
    logged_in_.insert(uri.token);
    return key;
  }

 private:
  static Result<std::unique_ptr<Engine>> load(const std::string& module_path) {
    ERR_clear_error();
    ENGINE_load_dynamic();
    ENGINE* const engine = ENGINE_by_id("pkcs11");
    if (engine == nullptr || !tell(engine, "QUIET") ||
        (!module_path.empty() && !tell(engine, "MODULE_PATH", module_path)) ||
        ENGINE_init(engine) != 1) {
      const Error error = queued_error(
          "cannot load OpenSSL's engine for PKCS#11 (on Debian: libengine-pkcs11-openssl)");
      ENGINE_free(engine);
      return std::unexpected(error);
    }
    return std::make_unique<Engine>(engine, module_path);
  }

  static bool tell(ENGINE* engine, const char* command, const std::string& value) {
    return ENGINE_ctrl_cmd_string(engine, command, value.c_str(), 0) == 1;
  }
  static bool tell(ENGINE* engine, const char* command) {
    return ENGINE_ctrl_cmd_string(engine, command, nullptr, 0) == 1;
  }

  // The engine keeps a PIN for the next login, whatever token that is: each token gets its own.
  Status prepare_login(const Pkcs11Uri& uri, const AskSecret& ask) {
    if (logged_in_.contains(uri.token)) return {};
    const Result<Secret> pin = ask(fmt::format("PIN of pkcs11:{}", uri.token));
    if (!pin) return std::unexpected(pin.error());
    if (pin->text().empty()) return {};
    if (ENGINE_ctrl_cmd_string(engine_, "PIN", pin->text().data(), 0) == 1) return {};
    return std::unexpected(queued_error("setting the PIN"));
  }

  ENGINE* engine_;
  std::string module_path_;
  std::mutex mutex_;
  std::set<std::string> logged_in_;
};

class TokenKey final : public Signer {
 public:
  TokenKey(PublicKey known, UniqueKey key) : Signer(std::move(known)), key_(std::move(key)) {}

 private:
  Result<Bytes> make_signature(ByteView message) const override {
    ERR_clear_error();
    std::optional<Bytes> signature = evp_sign(key_.get(), scheme(), message);
    if (!signature) return std::unexpected(queued_error("the token did not sign"));
    ERR_clear_error();
    return std::move(*signature);
  }

  UniqueKey key_;
};

}  // namespace

Result<std::unique_ptr<Signer>> open_token_key(const Pkcs11Uri& uri, const AskSecret& ask,
                                               const std::optional<PublicKey>& known) {
  const Result<Engine*> engine = Engine::with_driver(uri.module_path);
  if (!engine) return std::unexpected(engine.error());
  Result<UniqueKey> key = (*engine)->private_key(uri, ask);
  if (!key) return std::unexpected(key.error());
  const Result<Scheme> scheme = scheme_of(key->get());
  if (!scheme) return std::unexpected(scheme.error().during(uri.object));
  const Result<PublicKey> found =
      PublicKey::parse(*scheme, encoded_public_key(*scheme, key->get()));
  if (!found) return std::unexpected(found.error().during(uri.object));
  if (known && known->der() != found->der()) {
    return fail(ErrorKind::Conflict,
                fmt::format("the token's {} is another key than expected", uri.object));
  }
  return std::make_unique<TokenKey>(known.value_or(*found), std::move(*key));
}

}  // namespace interlude::crypto

#pragma GCC diagnostic pop
