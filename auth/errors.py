"""What can be wrong with a sign-on, told to applications and to people.

SignOnError
├── TokenRefused        an access token or session that is not accepted (RFC 6750, 3.1)
├── OAuthRefused        a request of an application (RFC 6749, 5.2; 7591, 3.2.2; 8707, 2)
│   └── Unfit           metadata of an application (7591, 2)
├── NotChanged          a person's own application that cannot be changed so
├── FormRefused         a page was asked in a way that it does not answer
└── UpstreamRefused     an upstream identity provider did not vouch for anybody
    └── IssuerUnreachable   the keys of an issuer cannot be had now
"""

from __future__ import annotations

from store.codes import Label


class SignOnError(Exception):
    """Something that a caller is told, in Chinese and English, with what to do."""

    def __init__(self, message: Label) -> None:
        super().__init__(message.en)
        self.message = message


class TokenRefused(SignOnError):
    """A token that is not accepted. `error` is a code of RFC 6750, 3.1, `status` 401 or 403."""

    def __init__(self, message: Label, error: str = "invalid_token", status: int = 401) -> None:
        super().__init__(message)
        self.error = error
        self.status = status

    def challenge(self) -> str:
        """The WWW-Authenticate header (RFC 6750, 3)."""
        return f'Bearer realm="huiju", error="{self.error}", error_description="{self.message.en}"'


class OAuthRefused(SignOnError):
    """A request that is answered with an error code; descriptions are sent in English (RFC 6749, 5.2 wants ASCII)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(Label(description, description))
        self.error = error
        self.status = status


class FormRefused(SignOnError):
    """A page cannot be shown, or a form was not sent from it."""

    def __init__(self, message: Label, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class UpstreamRefused(SignOnError):
    """The upstream identity provider failed, refused, or said something that it may not say."""


class IssuerUnreachable(UpstreamRefused):
    """Nobody can tell now whether a token holds; after `seconds` its issuer is asked again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            Label(
                f"令牌的签发者暂时无法访问，无法验证令牌：请在 {seconds} 秒后重试",
                f"the issuer of the token cannot be reached, so the token cannot be verified: try again in {seconds} seconds",
            )
        )
        self.seconds = seconds
