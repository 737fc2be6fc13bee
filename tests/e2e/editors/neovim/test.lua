-- Runs inside a headless Neovim: sees a diagnostic, applies a fix, looks at the text.
local binary = assert(os.getenv('AMLENV'))
local editors = assert(os.getenv('AMLENV_NEOVIM'))
local folder = assert(os.getenv('AMLENV_FOLDER'))

local function finish(message)
  io.stdout:write(message .. '\n')
  vim.cmd(message:match('^ok') and 'qall!' or 'cquit!')
end

local function main()
  vim.opt.runtimepath:append(editors)
  vim.cmd('filetype on')
  if vim.lsp.enable then
    vim.lsp.config('amlenv', { cmd = { binary, 'server' } })
    vim.lsp.enable('amlenv')
  else
    vim.g.amlenv_cmd = { binary, 'server' }
    vim.cmd('runtime plugin/amlenv.lua')
  end
  vim.cmd.edit(folder .. '/Dockerfile')
  local buffer = vim.api.nvim_get_current_buf()
  assert(vim.bo[buffer].filetype == 'dockerfile', 'filetype ' .. vim.bo[buffer].filetype)
  local found
  assert(vim.wait(20000, function()
    found = vim.diagnostic.get(buffer)
    return #found > 0
  end, 20), 'no diagnostic')
  assert(#found == 1, vim.inspect(found))
  assert(found[1].source == 'amlenv' and found[1].code == 'AML304', vim.inspect(found))
  vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
  vim.lsp.buf.code_action({
    apply = true,
    context = { only = { 'quickfix' }, diagnostics = {} },
  })
  local wanted = 'FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1'
  assert(vim.wait(20000, function()
    return vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1] == wanted
  end, 20), 'the fix was not applied: ' .. vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1])
  assert(vim.wait(20000, function()
    return #vim.diagnostic.get(buffer) == 0
  end, 20), 'the diagnostic stays')
end

local fine, message = pcall(main)
finish(fine and 'ok' or ('failed: ' .. tostring(message)))
