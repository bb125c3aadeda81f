"""Links that open a dialog, and forms answered in it. Without a script, both lead to pages of their own."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def opens_dialog(view: str, *arguments: object) -> SafeString:
    """The attributes of a link to the view of this name."""
    url = reverse(view, args=arguments)
    return format_html('href="{}" hx-get="{}" hx-target="#modal-body" hx-swap="innerHTML"', url, url)


@register.simple_tag(takes_context=True)
def answered_in_dialog(context: Context) -> SafeString:
    """The attributes of a form that is posted to where it came from."""
    path = context["request"].path
    return format_html(
        'method="post" action="{}" hx-post="{}" hx-target="#modal-body" hx-swap="innerHTML"'
        ' hx-disabled-elt="find button[type=submit]"',
        path,
        path,
    )
